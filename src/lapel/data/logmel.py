"""Log-mel features of whole sounds: a fixed number of windows, computed with scipy."""

from __future__ import annotations

import numpy as np

from lapel.errors import InputError, MissingTool

FLOOR = 1e-6
"""Added to energies, so that silence has a logarithm."""
LOWEST_HZ = 60.0


def logmel(wave: np.ndarray, rate: int, frames: int, bands: int) -> np.ndarray:
    """float32 [frames, bands]: logarithms of the energies in bands alike on the mel scale.

    wave: float [samples]. Windows are twice as long as the step between them, after Hann. Raises InputError if a window
    has too few samples for so many bands.
    """
    try:
        from scipy.signal import ShortTimeFFT
        from scipy.signal.windows import hann
    except ImportError as e:
        raise MissingTool('scipy is not installed, log-mel features need it: pip install "lapel[train]"') from e
    step = len(wave) // (frames + 1)
    if step < bands:
        raise InputError(f"a sound of {len(wave)} samples has too few for {frames} frames of {bands} bands: take fewer")
    size = 2 * step
    transform = ShortTimeFFT(hann(size, sym=False), step, rate, mfft=size)
    energies = np.abs(transform.stft(wave[: (frames + 1) * step], p0=1, p1=frames + 1)) ** 2 / size
    return np.asarray(np.log(mel_bands(size // 2 + 1, rate, bands) @ energies + FLOOR).T.astype(np.float32))


def mel_bands(bins: int, rate: int, bands: int) -> np.ndarray:
    """float64 [bands, bins]: triangles whose corners are equally far apart in mel. Source: O'Shaughnessy (1987)."""
    low_mel, high_mel = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, rate / 2))
    corners = 700 * (10 ** (np.linspace(low_mel, high_mel, bands + 2) / 2595) - 1)
    at = np.linspace(0, rate / 2, bins)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    return np.asarray(np.clip(np.minimum((at - low) / (middle - low), (high - at) / (high - middle)), 0, None))
