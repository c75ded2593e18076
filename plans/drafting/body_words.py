"""The bodies that an annex's cells name, matched to ``departments.yaml`` with a confidence.

lexicon = Lexicon.of(departments, plan_date)
named = read_bodies("Sở GD&ĐT; các sở, ban, ngành", lexicon)
roles = read_roles("Chủ trì: Sở Y tế. Phối hợp: Công an tỉnh", lexicon)
"""

from plans.drafting.body_lists import read_bodies
from plans.drafting.body_named import Match, Named
from plans.drafting.body_names import Lexicon
from plans.drafting.body_roles import Roles, read_roles

__all__ = ["Lexicon", "Match", "Named", "Roles", "read_bodies", "read_roles"]
