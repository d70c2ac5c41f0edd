"""`SequenceClassifier` and `SequenceRegressor`: whole sequences in, a class or a number out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y, validate_data

from gatewise.data.sequences import refuse_infinite
from gatewise.errors import DataError
from gatewise.estimators.asked import asked_for, found_for, keep
from gatewise.estimators.inputs import as_set, axes, padded
from gatewise.model.model import Model, revived

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from gatewise.data.shapes import SequenceSet

_CHECKS = {"dtype": np.float64, "allow_nd": True, "ensure_all_finite": "allow-nan"}


class _SequenceEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What both have in common.

    Args:
        cell: ``auto`` compares both cells and trains the one that is recommended; ``lstm`` or ``gru`` trains that one.
        fits: Training runs of a fit. ``auto``: those of the comparison, 4 or more. A cell: one with the default
            configuration, the others with configurations drawn as in a comparison; the one that validates best is
            taken. A last one trains on everything.
        params: Number of parameters of the model, its output layer included.
        metric: How models are scored and chosen; None for the default of the task.
        seed: Random seed.
        workers: Processes; 1 computes in the caller's, as a grid search with processes of its own wants it.
    """

    def __init__(
        self,
        *,
        cell: str = "auto",
        fits: int = 20,
        params: int = 10_000,
        metric: str | None = None,
        seed: int = 0,
        workers: int = 1,
    ) -> None:
        self.cell = cell
        self.fits = fits
        self.params = params
        self.metric = metric
        self.seed = seed
        self.workers = workers

    @property
    def model_(self) -> Model:
        """The trained model, as `gatewise.load` gives one: it can be saved without pickle."""
        check_is_fitted(self)
        return revived(self.model_card_, self.model_weights_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        return tags

    def _checked(self, X: Any, y: Any, **checks: Any) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """X and y for a fit; notes what X looks like."""
        X, checks = padded(X), _CHECKS | checks | {"ensure_min_samples": 2}
        if axes(X) != 3:
            found: tuple[NDArray[np.float64], NDArray[Any]] = validate_data(self, X, y, **checks)
            _refuse_axes(found[0])
            return found
        if y is None:
            raise DataError("y is None: this estimator requires y to be passed, but the target y is None")
        values, target = check_X_y(X, y, estimator=self, **checks)
        self.__dict__.pop("feature_names_in_", None)
        self.n_features_in_ = values.shape[2]
        return values, target

    def _sequences(self, X: Any) -> SequenceSet:
        """Sequences to predict on."""
        check_is_fitted(self)
        X, wanted = padded(X), self._channels
        if axes(X) != 3 and self._flat:
            values = validate_data(self, X, reset=False, **_CHECKS)
        else:
            values = check_array(X, estimator=self, **_CHECKS)
        _refuse_axes(values)
        got = values.shape[2] if values.ndim == 3 else 1
        if got != wanted:
            turned = values.ndim == 3 and values.shape[1] == wanted
            hint = ". Its axes look turned: bring X.transpose(0, 2, 1)" if turned else ""
            raise DataError(
                f"X has shape {values.shape}, {got} channels, but {type(self).__name__} was fitted on {wanted};"
                f" expected shape (n, steps, {wanted}){hint}"
            )
        found = as_set(values)
        refuse_infinite(found)
        return found

    def _fit_on(self, sequences: SequenceSet, *, flat: bool, task: str, metric: str) -> Self:
        refuse_infinite(sequences)
        options = asked_for(self, task=task, metric=self.metric or metric)
        self._flat, self._channels = flat, len(sequences.features)
        return keep(self, found_for(self, sequences, options), sequences.notes)


def _refuse_axes(values: NDArray[np.float64]) -> None:
    if values.ndim > 3:
        raise DataError(f"X has shape {values.shape}; expected (n, steps) or (n, steps, channels)")


class SequenceClassifier(ClassifierMixin, _SequenceEstimator):  # type: ignore[misc]  # see above
    """An LSTM or a GRU that tells the class of a sequence; a face for scikit-learn.

    X is a 2-D array or frame, a univariate sequence in each row; or a 3-D array (n, steps, channels); or a list with an
    array of shape (steps,) or (steps, channels) for each. NaN is a missing value, and behind the last known value of a
    sequence its end.

    Args:
        cell: ``auto`` compares both cells and trains the one that is recommended; ``lstm`` or ``gru`` trains that one.
        fits: Training runs of a fit. ``auto``: those of the comparison, 4 or more. A cell: one with the default
            configuration, the others with configurations drawn as in a comparison; the one that validates best is
            taken. A last one trains on everything.
        params: Number of parameters of the model, its output layer included.
        metric: How models are scored and chosen: accuracy, log-loss, balanced-accuracy; None for accuracy.
        seed: Random seed.
        workers: Processes; 1 computes in the caller's, as a grid search with processes of its own wants it.

    Attributes:
        classes_: The classes, sorted.
        cell_: What was trained: ``lstm``, ``gru``, or ``baseline`` where the comparison recommends the simple rule.
        verdict_: What the comparison found (``equal``, ``undecided``, ...); None where a cell was named.
        comparison_: verdict.json of the comparison, as text; None likewise.
        notes_: What reading X changed or doubts, one sentence each.
        n_features_in_: Columns of a 2-D X, channels of a 3-D one.
        feature_names_in_: Names of the columns, where X was a frame with names of text.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from sequences, shape (n, steps) or (n, steps, channels), and their classes, shape (n,).

        Raises:
            ValueError: X or y cannot be used; the message says what was got and what is expected.
        """
        values, target = self._checked(X, y)
        check_classification_targets(target)
        self.classes_, labels = np.unique(target, return_inverse=True)
        classes = tuple(map(str, self.classes_.tolist()))
        return self._fit_on(
            as_set(values, labels=labels, classes=classes), flat=values.ndim == 2, task="classify", metric="accuracy"
        )

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """The share of each class, in the order of ``classes_``, shape (n, classes)."""
        shares: NDArray[np.float64] = self.model_.predict(self._sequences(X), double=True)[:, 2:].to_numpy()
        return shares

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The class of each sequence, shape (n,)."""
        shares = self.predict_proba(X)
        found: NDArray[Any] = self.classes_[shares.argmax(axis=1)]
        return found


class SequenceRegressor(RegressorMixin, _SequenceEstimator):  # type: ignore[misc]  # see above
    """An LSTM or a GRU that tells a number from a sequence; a face for scikit-learn.

    X and the arguments are those of `SequenceClassifier`; ``metric`` is mse, mae, ...; None for mse, which
    ``score``, R², goes by.

    Attributes:
        cell_: What was trained: ``lstm``, ``gru``, or ``baseline`` where the comparison recommends the simple rule.
        verdict_: What the comparison found (``equal``, ``undecided``, ...); None where a cell was named.
        comparison_: verdict.json of the comparison, as text; None likewise.
        notes_: What reading X changed or doubts, one sentence each.
        n_features_in_: Columns of a 2-D X, channels of a 3-D one.
        feature_names_in_: Names of the columns, where X was a frame with names of text.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from sequences, shape (n, steps) or (n, steps, channels), and their numbers, shape (n,).

        Raises:
            ValueError: X or y cannot be used; the message says what was got and what is expected.
        """
        values, target = self._checked(X, y, y_numeric=True)
        numbers = target.astype(np.float64)
        return self._fit_on(as_set(values, numbers=numbers), flat=values.ndim == 2, task="regress", metric="mse")

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """The number of each sequence, shape (n,)."""
        found: NDArray[np.float64] = self.model_.predict(self._sequences(X), double=True)["predicted"].to_numpy()
        return found
