"""Sixteen bit rows at once, counting bits, asking for memory early, sharing work: what loops don't compile to.

The plain forms, used where compilation is off, do the same one by one.
"""

from __future__ import annotations

import numba
import numpy as np

LANES = 16

if numba.config.DISABLE_JIT:

    def sixteen_rows(plane, start, beside, shift, sights, which, turned):
        """16 rows of 16 bits that begin at bit `shift` of plane[start + lane] and end in plane[beside + lane].

        Turned over where turned is 65535, then cut by sights[which, lane]; as four words.
        """
        rows = [
            (((int(plane[start + lane]) + (int(plane[beside + lane]) << 16)) >> int(shift)) ^ int(turned))
            & int(sights[which, lane])
            for lane in range(LANES)
        ]
        return tuple(
            np.uint64(sum(row << 16 * place for place, row in enumerate(rows[word : word + 4])))
            for word in range(0, LANES, 4)
        )

    def ones(word):
        """How many bits of the word are set."""
        return int(word).bit_count()

    def nth_one(word, n):
        """The place of the n-th set bit of the word, from 0."""
        left = int(word)
        for _ in range(int(n)):
            left &= left - 1
        return (left & -left).bit_length() - 1

    def fetch(values, index):
        """Start to bring values[index] into the cache."""

    def take(counter, n):
        """The next n of what counter[0] counts: where they begin. No two threads are given the same."""
        first = counter[0]
        counter[0] += n
        return first

else:
    import llvmlite.binding
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def sixteen_rows(typing_context, plane, start, beside, shift, sights, which, turned):
        """16 rows of 16 bits that begin at bit `shift` of plane[start + lane] and end in plane[beside + lane].

        Turned over where turned is 65535, then cut by sights[which, lane]; as four words. plane[n] is uint16,
        sights[n, 16] uint16.
        """
        if plane.dtype != types.uint16 or sights.dtype != types.uint16:
            return None
        four_words = types.UniTuple(types.uint64, 4)
        number = types.int64
        signature = four_words(plane, number, number, number, sights, number, number)

        def build(context, builder, signature, arguments):
            long, half, word = ir.IntType(32), ir.IntType(16), ir.IntType(64)
            lanes = ir.VectorType(half, LANES)

            def rows_at(position, index):
                array = context.make_array(signature.args[position])(context, builder, arguments[position])
                row = builder.bitcast(builder.gep(array.data, [index]), lanes.as_pointer())
                return builder.load(row, align=2)

            def in_every_lane(value):
                undefined = ir.Constant(lanes, ir.Undefined)
                first = builder.insert_element(undefined, builder.trunc(value, half), ir.Constant(long, 0))
                same = ir.Constant(ir.VectorType(long, LANES), [0] * LANES)
                return builder.shuffle_vector(first, undefined, same)

            low = builder.lshr(rows_at(0, arguments[1]), in_every_lane(arguments[3]))
            # in two shifts: by 16 at once would be undefined
            left = builder.sub(ir.Constant(word, 15), arguments[3])
            one = ir.Constant(lanes, [1] * LANES)
            high = builder.shl(builder.shl(rows_at(0, arguments[2]), one), in_every_lane(left))
            rows = builder.xor(builder.or_(low, high), in_every_lane(arguments[6]))
            sight = builder.mul(arguments[5], ir.Constant(word, LANES))
            rows = builder.and_(rows, rows_at(4, sight))
            words = builder.bitcast(rows, ir.VectorType(word, 4))
            return context.make_tuple(
                builder,
                signature.return_type,
                [builder.extract_element(words, ir.Constant(long, place)) for place in range(4)],
            )

        return signature, build

    @intrinsic
    def ones(typing_context, word):
        """How many bits of the word (uint64) are set."""

        def build(context, builder, signature, arguments):
            return builder.ctpop(arguments[0])

        return types.int64(types.uint64), build

    # processors whose instruction for this works bit by bit
    _SLOW_DEPOSIT = ("znver1", "znver2", "bdver4")
    HAS_DEPOSIT = (
        bool(llvmlite.binding.get_host_cpu_features().get("bmi2"))
        and llvmlite.binding.get_host_cpu_name() not in _SLOW_DEPOSIT
    )

    @intrinsic
    def _deposited(typing_context, word, n):
        """The place of the n-th set bit of the word (uint64), by the processor's own instruction."""

        def build(context, builder, signature, arguments):
            number = ir.IntType(64)
            deposit = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(number, [number, number]), "llvm.x86.bmi.pdep.64"
            )
            bit = builder.shl(ir.Constant(number, 1), arguments[1])
            return builder.cttz(builder.call(deposit, [bit, arguments[0]]), ir.Constant(ir.IntType(1), 1))

        return types.int64(types.uint64, types.int64), build

    @numba.njit(forceinline=True, nogil=True)
    def _halved(word, n):
        """The place of the n-th set bit of the word (uint64): halves what is left, without a branch."""
        place = np.int64(0)
        for width in (32, 16, 8, 4, 2, 1):
            low = ones(word & np.uint64((1 << width) - 1))
            beyond = -np.int64(n >= low)
            n -= low & beyond
            place += width & beyond
            word >>= np.uint64(width & beyond)
        return place

    nth_one = _deposited if HAS_DEPOSIT else _halved

    @intrinsic
    def _fetch(typing_context, values, index):
        """Start to bring values[index] into the cache."""
        signature = types.void(values, types.int64)

        def build(context, builder, signature, arguments):
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            byte = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
            number = ir.IntType(32)
            function = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number]),
                "llvm.prefetch.p0",
            )
            builder.call(function, [byte, *(ir.Constant(number, each) for each in (0, 3, 1))])
            return context.get_dummy_value()

        return signature, build

    @numba.njit(forceinline=True, nogil=True)
    def fetch(values, index):
        """Start to bring values[index] into the cache."""
        _fetch(values, index)

    @intrinsic
    def _take(typing_context, counter, n):
        """Add n to counter[0] (int64), and what it was before: in one go, whatever other threads do."""
        signature = types.int64(counter, types.int64)

        def build(context, builder, signature, arguments):
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            return builder.atomic_rmw("add", data, arguments[1], "monotonic")

        return signature, build

    @numba.njit(forceinline=True, nogil=True)
    def take(counter, n):
        """The next n of what counter[0] counts: where they begin. No two threads are given the same."""
        return _take(counter, n)


@numba.njit(nogil=True, forceinline=True)
def note(bits, n, is_so):
    """Set bit n of bits[n >> 6] (uint64) where that is so."""
    bits[n >> 6] |= np.uint64(is_so) << np.uint64(n & 63)
