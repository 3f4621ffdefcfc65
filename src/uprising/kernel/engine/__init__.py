"""What every kernel needs: compilation, draws, intrinsics, sums, paths."""
