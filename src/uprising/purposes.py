"""Purposes of random draws: every kind of question that a run asks has its own number.

A number is never used for two things and never changes its meaning, so that two runs which ask the same
question get the same answer. 1-99 the crisis, 100-119 the making of people, 200-299 published models.
7, 20, 21 and 22 are free: no version has asked them.
"""

SITE_CHOICE = 1
WANDER = 2
ARMS = 3
ARREST = 4
SHOTS = 5
SHOTS_DEAD = 6
FIGHT_TROOPS = 8
FIGHT_INSURGENTS = 9
FIGHT_BYSTANDERS = 10
CAPTURE = 11
VICTIM = 12
BYSTANDER = 13
UNIT_NEUTRAL_BELOW = 14
UNIT_JOINS_BELOW = 15
FLEE = 16
GOVERNMENT = 17
COUNCIL = 18
MOOD = 19
ACQUAINTANCE = 23
SITE_ROOM = 24
WANDER_ROOM = 25
