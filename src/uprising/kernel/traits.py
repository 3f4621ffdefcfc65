"""What is known of a person lies side by side: eight words, half a line of memory (laid by clocks.layout).

`traits` are numbers of single precision, `traits_whole` the same memory as whole numbers of 32 bits: traits[WORDS x
row + HARDSHIP], traits_whole[WORDS x row + TEAM]. One base and fixed distances: with a column each, a loop over people
would spend more time on where things are than on what they are. Names of words are numbers without a sign, so that no
index has to be asked whether it counts from the end.
"""

from __future__ import annotations

import numpy as np

HOUSEHOLD, TEAM, BLOCK, HARDSHIP, RISK_AVERSION, THRESHOLD, OUTRAGE, WHO = np.arange(8, dtype=np.uintp)
"""the words of a person; WHO holds role, age, sex and number of relatives, a byte each from the lowest on"""
WORDS = np.uintp(8)
WITHIN_WHO = ("role", "age", "sex", "relatives")
ROLE_MASK = 0xFF
AGE_AT, AGE_AND_SEX = 8, 0x1FF
"""(who >> AGE_AT) & AGE_AND_SEX is age + AGES x sex"""
AGES = 256
RELATIVES_AT, RELATIVES = 24, 0xFF
"""(who >> RELATIVES_AT) & RELATIVES are the others in the household"""
