"""What the machine can do: where to train and in which precision."""

from __future__ import annotations

import os
from typing import Any


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


def is_first() -> bool:
    """True in the process that prints and writes: the only one, or the first of several."""
    return int(os.environ.get("RANK", "0")) == 0


def quiet_others() -> None:
    """Leave the bars of loading and encoding to the first process."""
    if is_first():
        return
    from datasets import disable_progress_bars
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bars()
    disable_progress_bar()


def processes() -> int:
    """How many processes train together, as their launcher says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def surroundings() -> dict[str, Any]:
    """What a record of a run says of the machine and the packages."""
    import torch
    import transformers

    cuda = torch.cuda.is_available()
    return {
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "processes": processes(),
        "bf16": precision()["bf16"],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
