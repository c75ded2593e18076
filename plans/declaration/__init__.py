"""The shape of a declared plan and of ``departments.yaml``: strict models, nothing more.

What one file alone can get wrong is refused here; what needs several files (an unknown
department, a cycle of successors) is checked in ``plans.checking``.
"""

from plans.declaration.base import (
    CODE_FORM,
    Assumable,
    Code,
    Declared,
    Email,
    MonthDay,
    Text,
    Title,
    nfc,
)
from plans.declaration.bodies import (
    Contact,
    Department,
    Departments,
    Feed,
    Members,
    Province,
    Successor,
)
from plans.declaration.due import (
    Due,
    Fixed,
    Ongoing,
    Periodic,
    Relative,
    Within,
)
from plans.declaration.plan import (
    DEFAULT_LADDER,
    Baseline,
    BasisDocument,
    Clause,
    Comparator,
    Fraction,
    Part,
    Plan,
    Rung,
    SolutionGroup,
    Statistic,
    Target,
    Task,
    Unit,
)
from plans.declaration.questions import Asked, Question

__all__ = [
    "CODE_FORM",
    "DEFAULT_LADDER",
    "Asked",
    "Assumable",
    "Baseline",
    "BasisDocument",
    "Clause",
    "Code",
    "Comparator",
    "Contact",
    "Declared",
    "Department",
    "Departments",
    "Due",
    "Email",
    "Feed",
    "Fixed",
    "Fraction",
    "Members",
    "MonthDay",
    "Ongoing",
    "Part",
    "Periodic",
    "Plan",
    "Province",
    "Question",
    "Relative",
    "Rung",
    "SolutionGroup",
    "Statistic",
    "Successor",
    "Target",
    "Task",
    "Text",
    "Title",
    "Unit",
    "Within",
    "nfc",
]
