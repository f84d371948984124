"""What numpy writes about a torch that is built for an older numpy is told in one line."""

import subprocess
import sys

import numpy as np
import pytest

from lrplan.torch_objects.import_torch import import_torch
from tests.timeouts import HANG

# numpy.core is where extensions of numpy 1 look for its C interface.
OLD = """\
import warnings
try:
    from numpy.core._multiarray_umath import _ARRAY_API
except ImportError:
    warnings.warn("Failed to initialize NumPy: _ARRAY_API not found", stacklevel=1)
value = 1
"""


def start(folder, code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="numpy 1 has no quarrel")
def test_numpy_2_beside_an_extension_for_numpy_1(tmp_path):
    (tmp_path / "old_torch.py").write_text(OLD)
    _, _, theirs = start(tmp_path, "import old_torch")
    assert len(theirs.splitlines()) > 10, "what numpy writes itself"
    ours = "from lrplan.torch_objects.import_torch import import_torch\nimport_torch('old_torch')"
    status, out, err = start(tmp_path, f"{ours}\nimport old_torch\nprint(old_torch.value)")
    assert (status, out) == (0, "1\n")
    assert len(err.splitlines()) == 1
    assert "is built for numpy 1, and numpy" in err
    assert "install `numpy<2`" in err


def test_everything_else_that_an_import_writes_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "wordy_torch.py").write_text("import sys\nsys.stderr.write('a word')")
    (tmp_path / "broken_torch.py").write_text("import sys\nsys.stderr.write('last words')\n1 / 0")
    import_torch("wordy_torch")
    assert capsys.readouterr().err == "a word"
    import_torch("wordy_torch")
    assert capsys.readouterr().err == ""
    with pytest.raises(ZeroDivisionError):
        import_torch("broken_torch")
    assert capsys.readouterr().err == "last words"
