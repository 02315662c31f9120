"""The interpreter on an emulated Cortex-M4 whose memory is exactly what it may touch: a blob, an arena, a stack.

Unicorn stops at what is not mapped; blob and arena begin where mapped memory does, and what is left of
their last page behind them is watched.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError
from unicorn.arm_const import (
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_R3,
    UC_ARM_REG_SP,
    UC_CPU_ARM_CORTEX_M4,
)
from unicorn.unicorn_const import (
    UC_HOOK_CODE,
    UC_HOOK_MEM_READ,
    UC_HOOK_MEM_WRITE,
    UC_PROT_EXEC,
    UC_PROT_READ,
    UC_PROT_WRITE,
)

from lapel.codegen.interpreted import MODEL as ITS_MODEL
from lapel.codegen.kernelset import KernelSet
from lapel.simulate import Firmware
from lapel.simulate.elf import flash_image

PAGE = 4096
BLOB, ARENA, STACK, MODEL = 0x10000000, 0x20000000, 0x30000000, 0x40000000
STACK_BYTES = PAGE
ARGUMENTS = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3)
FILL = 0x55
LIMIT_US = 60_000_000
"""Wall time in which a blob has to end, on a busy computer, too."""


def pages(count: int) -> int:
    return max(-(-count // PAGE), 1) * PAGE


class Harm(Exception):
    """What a blob did that none may."""


@dataclass
class Machine:
    """A core with memory for blobs of one size and arenas of one size."""

    firmware: Firmware
    kernels: KernelSet
    blob_bytes: int
    arena_bytes: int
    called: list[str] = field(default_factory=list)
    """Kernels, in order."""
    harm: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        uc = self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, UC_CPU_ARM_CORTEX_M4)
        image = flash_image(self.firmware.elf)
        uc.mem_map(0, pages(len(image)), UC_PROT_READ | UC_PROT_EXEC)
        uc.mem_write(0, image)
        uc.mem_map(BLOB, pages(self.blob_bytes), UC_PROT_READ)
        uc.mem_map(ARENA, pages(self.arena_bytes), UC_PROT_READ | UC_PROT_WRITE)
        uc.mem_map(STACK, STACK_BYTES, UC_PROT_READ | UC_PROT_WRITE)
        uc.mem_map(MODEL, PAGE, UC_PROT_READ | UC_PROT_WRITE)
        touched = UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE
        # The vectors at 0, where a pointer to nothing points.
        uc.hook_add(touched, self._beyond, ("nothing", 0), 0, self.firmware.image.functions[0][0] - 1)
        for name, start, count in (("blob", BLOB, self.blob_bytes), ("arena", ARENA, self.arena_bytes)):
            end = start + count
            uc.hook_add(touched, self._beyond, (name, end), max(start, end - 7), start + pages(count) - 1)
        behind = MODEL + self.firmware.image.objects[ITS_MODEL]
        uc.hook_add(touched, self._beyond, ("model", behind), behind, MODEL + PAGE - 1)
        for kernel in self.kernels.kernels:
            at = self.firmware.symbols[f"run_{kernel}"]
            uc.hook_add(UC_HOOK_CODE, self._called, kernel, at, at)

    def _beyond(self, uc: Uc, access: int, address: int, size: int, value: int, region: tuple[str, int]) -> None:
        name, end = region
        if address + size > end:
            pc = uc.reg_read(UC_ARM_REG_PC)
            self.harm.append(f"{size} bytes at {address - end:+d} of the end of the {name}, pc {pc:#x}")
            uc.emu_stop()

    def _called(self, uc: Uc, address: int, size: int, kernel: str) -> None:
        self.called.append(kernel)

    def run(self, blob: bytes) -> int:
        """Load a blob, and run it if it may be: the loader's status. Raises Harm."""
        assert len(blob) == self.blob_bytes
        self.called.clear()
        self.harm.clear()
        self.uc.mem_write(BLOB, blob)
        self.uc.mem_write(ARENA, bytes([FILL]) * self.arena_bytes)
        symbols = self.firmware.symbols
        status = self._call(
            symbols["lapel_load"], BLOB, len(blob), ARENA, self.arena_bytes, symbols[self.kernels.name], MODEL
        )
        if self.called:
            raise Harm(f"the loader called {self.called[0]}")
        if status:
            if bytes(self.uc.mem_read(ARENA, self.arena_bytes)).strip(bytes([FILL])):
                raise Harm(f"refused with status {status}, and the arena was written")
            return status
        self._call(symbols["lapel_invoke"], MODEL)
        return 0

    def _call(self, function: int, *arguments: int) -> int:
        uc = self.uc
        for register, value in zip(ARGUMENTS, arguments, strict=False):
            uc.reg_write(register, value)
        more = arguments[4:]
        top = STACK + STACK_BYTES - 8 * -(-len(more) // 2)
        uc.mem_write(top, struct.pack(f"<{len(more)}I", *more))
        uc.reg_write(UC_ARM_REG_SP, top)
        back = self.firmware.symbols["adapter_reset"]
        uc.reg_write(UC_ARM_REG_LR, back | 1)
        try:
            uc.emu_start(function | 1, back, timeout=LIMIT_US)
        except UcError as error:
            pc = uc.reg_read(UC_ARM_REG_PC)
            raise Harm(f"{error}, pc {pc:#x} {self.firmware.image.function_at(pc)}") from None
        if self.harm:
            raise Harm(self.harm[0])
        if uc.reg_read(UC_ARM_REG_PC) & ~1 != back:
            raise Harm(f"did not end within {LIMIT_US / 1e6:.0f} s")
        return uc.reg_read(UC_ARM_REG_R0)
