"""Links what a package needs into its environment: ``linked_packages.py build/wheel lrplan``.

The packages are those of the environment that runs this, and no others are linked. So what the
package imports and does not ask for is missing, as it is after an installation from an index, which
takes a minute for torch alone.

Not a test that pytest finds: `make package` runs it.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement


def needed(requirements, found):
    """Add to ``found`` the distributions, by name, that these requirements need in turn."""
    for text in requirements or ():
        requirement = Requirement(text)
        wanted = [{"extra": each} for each in (*requirement.extras, "")]
        marker = requirement.marker
        if requirement.name in found or not (
            marker is None or any(marker.evaluate(each) for each in wanted)
        ):
            continue
        found[requirement.name] = metadata.distribution(requirement.name)
        needed(found[requirement.name].requires, found)
    return found


def main(root, package):
    folder = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": root}))
    (installed,) = metadata.distributions(name=package, path=[str(folder)])
    for distribution in needed(installed.requires, {}).values():
        names = {path.parts[0] for path in distribution.files} - {"..", "__pycache__"}
        for name in names:
            if not (folder / name).exists():
                (folder / name).symlink_to(Path(distribution.locate_file(name)).resolve())


if __name__ == "__main__":
    main(*sys.argv[1:])
