"""What the lesson's networks do is what the lesson says."""

import numpy as np

from gatewise.explain.teach import ASKED, KEPT, SIGNAL, TEXT, scenes


def test_the_signal_is_kept_and_said_when_asked() -> None:
    """LSTM: h of unit 1 is near the kept value where it is asked for, and near 0 elsewhere. The GRU shows it always."""
    lstm, gru = (shown.gates.h[:, 0] for shown in scenes()[0].networks)
    last = np.array(SIGNAL)[np.array(KEPT)[np.searchsorted(KEPT, np.arange(len(SIGNAL)), side="right") - 1]]

    np.testing.assert_allclose(lstm[list(ASKED)], np.tanh(last)[list(ASKED)], atol=0.12)
    assert np.abs(np.delete(lstm, ASKED)).max() < 0.05
    np.testing.assert_allclose(gru, np.tanh(last), atol=0.05)


def test_quotations_are_told() -> None:
    """Unit 1 is high inside of quotation marks and not outside; unit 2 of the LSTM starts anew at each space."""
    inside = np.cumsum([letter == '"' for letter in TEXT]) % 2 == 1

    for shown in scenes()[1].networks:
        np.testing.assert_array_equal(shown.gates.h[:, 0] > 0.3, inside)
    words = scenes()[1].networks[0].gates.c[:, 1]
    assert words[[k for k, letter in enumerate(TEXT) if letter == " "]].max() < 0.03
    assert words[TEXT.index("twice") + 4] > 0.4
