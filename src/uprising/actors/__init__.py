"""Those few who act by rules of their own, in plain Python: government, council, powers outside, units."""
