import {
  type Expression,
  flat,
  type Hole,
  holesIn,
  isPattern,
  lay,
  layBehind,
  WIDTH,
  wayToHoles,
} from "./source-expression.ts";
import { Unwritable } from "./term-writer.ts";
import type { Names } from "./variables.ts";

/** Indentation of what stands in a test. */
const INDENT = 6;
const ROOM = WIDTH - INDENT;

/** Lines of a test, without their indentation. */
export class Lines {
  readonly lines: string[] = [];
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  add(line: string): void {
    this.lines.push(line);
  }

  /** `name = value` */
  bind(name: string, value: Expression): void {
    this.add(`${name} =${layBehind(value, INDENT, INDENT + name.length + 2)}`);
  }

  /** The value where it is short, else a variable that has it. */
  short(wanted: string, value: Expression, most: number): string {
    const text = flat(value);
    if (text.length <= most) return text;
    const name = this.#names.fresh(wanted);
    this.bind(name, value);
    return name;
  }

  /** Asserts that `subject`, an expression, is `expected`. */
  equals(subject: string, expected: Expression): void {
    const holes = holesIn(expected);
    if (holes.length === 0) {
      this.#equal(subject, flat(expected), expected);
      return;
    }
    const name = /^[a-z_0-9]+$/.test(subject) ? subject : this.#names.fresh("outcome");
    if (name !== subject) this.add(`${name} = ${subject}`);
    this.#matches(expected, name);
    this.#checks(holes);
    if (expected.type !== "hole") this.#equal(name, flat(expected), expected);
  }

  /** Binds what nobody can know. */
  #matches(expected: Expression, name: string): void {
    const way = wayToHoles(expected);
    if (!isPattern(way))
      throw new Unwritable("What is new in it each time stands where a pattern cannot reach.");
    const line = `assert ${flat(way, "pattern")} = ${name}`;
    if (line.length <= ROOM) this.add(line);
    else this.add(`${lay(way, INDENT, INDENT, name.length + 3)} = ${name}`);
  }

  #checks(holes: readonly Hole[]): void {
    for (const { checks } of holes) for (const check of checks) this.add(`assert ${check}`);
  }

  #equal(subject: string, text: string, expected: Expression): void {
    const line = `assert ${subject} == ${text}`;
    if (line.length <= ROOM) {
      this.add(line);
      return;
    }
    const name = this.#names.fresh("expected");
    this.bind(name, expected);
    if (`assert ${subject} == ${name}`.length <= ROOM) this.add(`assert ${subject} == ${name}`);
    else {
      const result = this.#names.fresh("result");
      this.add(`${result} = ${subject}`);
      this.add(`assert ${result} == ${name}`);
    }
  }

  /** Asserts that a message came: `wrap` says where it stands in what the test is told. */
  received(expected: Expression, wrap: (message: string) => string): void {
    const holes = holesIn(expected);
    const line = `assert_receive ${wrap(flat(expected, "pattern"))}`;
    if (isPattern(expected) && line.length <= ROOM) {
      this.add(line);
      this.#checks(holes);
      return;
    }
    const name = this.#names.fresh("sent");
    this.add(`assert_receive ${wrap(name)}`);
    this.equals(name, expected);
  }
}
