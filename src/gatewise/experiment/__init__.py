"""The comparison at work: plan, match, train, tune, confirm, cost."""
