"""What is known of a person lies side by side: eight words, half a line of memory (laid by clocks.layout).

`traits` are numbers of single precision, `traits_whole` the same memory as whole numbers of 32 bits: traits[WORDS x
row + HARDSHIP], traits_whole[WORDS x row + TEAM]. One base and fixed distances: with a column each, a loop over people
would spend more time on where things are than on what they are. Names of words are numbers without a sign, so that no
index has to be asked whether it counts from the end.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.compiled import compiled

HOUSEHOLD, TEAM, BLOCK, HARDSHIP, RISK_AVERSION, THRESHOLD, OUTRAGE, WHO = np.arange(8, dtype=np.uintp)
"""the words of a person; WHO holds role, age, sex and the others in the household, a byte each from the lowest on"""
WORDS = np.uintp(8)
ROLE = 0xFF
"""who & ROLE is the role"""
AGE_AT, AGE_AND_SEX = 8, 0x1FF
"""(who >> AGE_AT) & AGE_AND_SEX is age + AGES x sex"""
AGES = 256
RELATIVES_AT, RELATIVES = 24, 0xFF
"""(who >> RELATIVES_AT) & RELATIVES are the others in the household"""


@compiled
def lay_side_by_side(
    first, last, household, team, block, hardship, risk_aversion, threshold, outrage, role, age, sex, household_size,
    traits, traits_whole,
):  # fmt: skip
    """Fill the words of the rows first ... last - 1 from columns; household_size[h] counts all of a household."""
    for i in range(first, last):
        at = WORDS * np.uintp(i)
        traits_whole[at + HOUSEHOLD], traits_whole[at + TEAM] = household[i], team[i]
        traits_whole[at + BLOCK] = block[i]
        traits[at + HARDSHIP], traits[at + RISK_AVERSION] = hardship[i], risk_aversion[i]
        traits[at + THRESHOLD], traits[at + OUTRAGE] = threshold[i], outrage[i]
        relatives = np.int64(household_size[household[i]]) - 1
        of_age = np.int64(age[i]) + AGES * np.int64(sex[i])
        traits_whole[at + WHO] = np.int64(role[i]) | (of_age << AGE_AT) | (relatives << RELATIVES_AT)
