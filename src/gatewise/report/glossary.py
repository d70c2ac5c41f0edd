"""Words that the page explains where they stand: the glossary's, as far as the page uses them."""

from __future__ import annotations

from gatewise.languages import mark

TERMS = {
    mark("baseline"): mark('A simple rule that needs no network, such as "same as last week" or ridge regression.'),
    mark("configuration"): mark(
        "One set of training settings: learning rate, batch size and dropout, which each cell chooses for itself, and"
        " the setting that all share."
    ),
    mark("fit"): mark("One training run of one cell with one configuration."),
    mark("hidden width"): mark("How many numbers a cell's state h has; also called width."),
    mark("look"): mark(
        "An interim analysis: after 8, 12, 20, ... pairs the results are judged, and the comparison may end early."
    ),
    mark("margin"): mark("Differences in score smaller than this count as equal; 0.01 unless you set --margin."),
    mark("pair"): mark("One fit of every arm under the same conditions: the same data and the same order of examples."),
    mark("perplexity"): mark(
        "2 to the bits: among so many symbols, each as likely as the others, the next one would be as hard to tell."
    ),
    mark("skill"): mark(
        "1 - loss / loss of the best simple rule: 0.10 means 10 % less loss than it, such as squared error; 0 means no"
        " better."
    ),
    mark("split"): mark(
        "One division of the data into a part to train on, a part to validate on and a part to test on."
    ),
    mark("window"): mark(
        "The past rows of a series that a model sees to make one forecast, or the last steps of a sequence that it"
        " sees to tell of one step."
    ),
}
"""Term -> what docs/glossary.md says of it."""
