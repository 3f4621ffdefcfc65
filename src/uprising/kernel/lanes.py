"""Sixteen small counts at once, and asking for memory before it is needed: what loops alone don't compile to.

The plain forms, used where compilation is off, do the same one by one.
"""

from __future__ import annotations

import numba

LANES = 16

if numba.config.DISABLE_JIT:

    def add_lanes(counts, start, amount, mask, row):
        """Add amount to counts[start : start + 16] (uint16) where mask[row, lane] has all bits set."""
        for lane in range(LANES):
            counts[start + lane] = (int(counts[start + lane]) + (amount & int(mask[row, lane]))) & 65535

    def fetch(values, index):
        """Start to bring values[index] into the cache."""

else:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def add_lanes(typing_context, counts, start, amount, mask, row):
        """Add amount to counts[start : start + 16] (uint16) where mask[row, lane] has all bits set."""
        if counts.dtype != types.uint16 or mask.dtype != types.uint16:
            return None
        signature = types.void(counts, types.int64, types.int64, mask, types.int64)

        def build(context, builder, signature, arguments):
            counts_value, start_value, amount_value, mask_value, row_value = arguments
            sixteen = ir.IntType(16)
            lanes = ir.VectorType(sixteen, LANES)

            def pointer(array_type, array, index):
                data = context.make_array(array_type)(context, builder, array).data
                return builder.bitcast(builder.gep(data, [index]), lanes.as_pointer())

            counts_pointer = pointer(signature.args[0], counts_value, start_value)
            offset = builder.mul(row_value, ir.Constant(ir.IntType(64), LANES))
            mask_pointer = pointer(signature.args[3], mask_value, offset)
            first = builder.insert_element(
                ir.Constant(lanes, ir.Undefined),
                builder.trunc(amount_value, sixteen),
                ir.Constant(ir.IntType(32), 0),
            )
            same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            amounts = builder.shuffle_vector(first, ir.Constant(lanes, ir.Undefined), same)
            seen = builder.and_(amounts, builder.load(mask_pointer, align=2))
            builder.store(builder.add(builder.load(counts_pointer, align=2), seen), counts_pointer, align=2)
            return context.get_dummy_value()

        return signature, build

    @intrinsic
    def fetch(typing_context, values, index):
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
