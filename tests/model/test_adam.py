"""What trains networks."""

import torch

from gatewise.model.adam import Adam


def test_it_makes_the_steps_of_torch_to_the_bit() -> None:
    """On gradients of all sizes, at a learning rate that changes on the way."""
    draws = torch.Generator().manual_seed(1)
    begun = [torch.randn(shape, generator=draws) for shape in ((7, 3), (21,), (1, 7), ())]
    ours, theirs = ([torch.nn.Parameter(value.clone()) for value in begun] for _ in range(2))
    adam, peer = Adam(ours, 0.01), torch.optim.Adam(theirs, 0.01)
    for made in range(60):
        if made == 30:
            adam.rate = peer.param_groups[0]["lr"] = 0.003
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=draws) * 10.0 ** (made % 7 - 4)
            other.grad = one.grad.clone()
        adam.step()
        peer.step()

    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
    adam.forget()
    assert all(one.grad is None for one in ours)
