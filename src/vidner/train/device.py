"""What the machine can do: where to train and in which precision."""

from __future__ import annotations


def precision() -> dict[str, bool]:
    """Trainer arguments for the fastest sound precision here.

    bf16 on a GPU or on a processor with instructions for it; elsewhere bf16 is
    emulated and several times slower than float32.
    """
    import torch

    if torch.cuda.is_available():
        return {"bf16": True}
    native = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return {"bf16": native, "use_cpu": True}


def attention() -> str:
    """The fastest implementation of attention to train with here.

    With bf16 on a CPU plain matrix products beat the fused kernel; on a GPU the
    fused one wins.
    """
    import torch

    return "sdpa" if torch.cuda.is_available() else "eager"
