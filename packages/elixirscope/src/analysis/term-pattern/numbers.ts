import { Float, type Term } from "@elixirscope/etf";
import { fail } from "./guard-error.ts";

// Arithmetic as the BEAM has it: integers without limit, floats that are never infinite.

export const isInteger = (term: Term): term is number | bigint =>
  typeof term === "number" || typeof term === "bigint";

export const integer = (value: bigint): Term => {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
};

const whole = (term: Term): bigint => (isInteger(term) ? BigInt(term) : fail());

function real(term: Term): number {
  const value = term instanceof Float ? term.value : isInteger(term) ? Number(term) : fail();
  return Number.isFinite(value) ? value : fail();
}

const float = (value: number): Term => (Number.isFinite(value) ? new Float(value) : fail());

const arithmetic =
  (integers: (a: bigint, b: bigint) => bigint, floats: (a: number, b: number) => number) =>
  (a: Term, b: Term): Term =>
    isInteger(a) && isInteger(b) ? integer(integers(BigInt(a), BigInt(b))) : float(floats(real(a), real(b)));

export const add: (a: Term, b: Term) => Term = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
);
export const subtract: (a: Term, b: Term) => Term = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
);
export const multiply: (a: Term, b: Term) => Term = arithmetic(
  (a, b) => a * b,
  (a, b) => a * b,
);

export function divide(a: Term, b: Term): Term {
  const [left, right] = [real(a), real(b)];
  return right === 0 ? fail() : float(left / right);
}

/** Towards zero, as JavaScript's bigints. */
export function div(a: Term, b: Term): Term {
  const [left, right] = [whole(a), whole(b)];
  return right === 0n ? fail() : integer(left / right);
}

export function rem(a: Term, b: Term): Term {
  const [left, right] = [whole(a), whole(b)];
  return right === 0n ? fail() : integer(left % right);
}

export function negate(a: Term): Term {
  return a instanceof Float ? new Float(-a.value) : integer(-whole(a));
}

export function plus(a: Term): Term {
  return a instanceof Float || isInteger(a) ? a : fail();
}

export function abs(a: Term): Term {
  if (a instanceof Float) return new Float(Math.abs(a.value));
  const value = whole(a);
  return integer(value < 0n ? -value : value);
}

const rounding =
  (how: (value: number) => number) =>
  (a: Term): Term =>
    a instanceof Float ? integer(BigInt(how(a.value))) : integer(whole(a));

/** Halves away from zero. Adding 0.5 first would carry 0.49999999999999994 over. */
function nearest(value: number): number {
  const base = Math.trunc(value);
  return Math.abs(value - base) >= 0.5 ? base + Math.sign(value) : base;
}

export const round: (a: Term) => Term = rounding(nearest);
export const trunc: (a: Term) => Term = rounding(Math.trunc);
export const floor: (a: Term) => Term = rounding(Math.floor);
export const ceil: (a: Term) => Term = rounding(Math.ceil);
