"""Platform evaluation: hubs side by side, by what is documented of them and what was measured on them.

`sheet` holds the types; `table` the measures, each with its method; `answers` what is on file for each recommendation;
`fates` what came of a notice; `survey` what records say of themselves; `asking` what a creator may ask of whom; `build`
puts it together from the store, and `write` into formats. An unknown is never a zero.
"""

from hubscan.scorecard.build import Wanted, build, of_creator
from hubscan.scorecard.sheet import Edition, Scorecard

__all__ = ["Edition", "Scorecard", "Wanted", "build", "of_creator"]
