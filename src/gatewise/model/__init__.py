"""The model that is compared and handed over."""
