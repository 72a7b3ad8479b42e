/**
 * @file Reads the headers of tensor files, JSON and Python literals, token by token. It builds only what its
 * reader asks for, so that no text, however deep or long, takes more memory than the text itself.
 */
import { mismatch } from './dataset.ts';
import { quote } from './tensors.ts';

const isSpace = (character: string): boolean => ' \t\n\r'.includes(character);

export class Cursor {
  readonly #text: string;
  readonly #name: string;
  #at = 0;

  /** @param name the file's, for messages. */
  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  /** @throws {InputError} always: something else was expected here. */
  fail(expected: string): never {
    const rest = this.#text.slice(this.#at, this.#at + 12);
    throw mismatch(this.#name, `${expected} at character ${this.#at} of the header`, rest ? quote(rest) : 'its end');
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && isSpace(this.#text[this.#at])) this.#at++;
  }

  /** Whether `token` is next; then it is passed, and the space before it. */
  take(token: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  /** Passes `token`. @throws {InputError} if another is next. */
  expect(token: string): void {
    if (!this.take(token)) this.fail(token);
  }

  /** @throws {InputError} if anything but space is left. */
  expectEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.fail('the end');
  }

  /** A whole number from 0 to 2⁵³ − 1 in plain digits. */
  integer(): number {
    this.#skipSpace();
    const digits = /^(?:0|[1-9]\d{0,15})(?![\d.eE])/.exec(this.#text.slice(this.#at, this.#at + 17))?.[0];
    if (!digits || !Number.isSafeInteger(Number(digits))) this.fail('a whole number from 0 to 2^53 - 1');
    this.#at += digits.length;
    return Number(digits);
  }

  /** A string between two equal ones of `marks`, including these, its escapes as they are. */
  quoted(marks: string): string {
    this.#skipSpace();
    const start = this.#at, mark = this.#text[start];
    if (mark === undefined || !marks.includes(mark)) this.fail(`a string in ${marks}`);
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== mark) end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) this.fail(`a string that ends in ${mark}`);
    this.#at = end + 1;
    return this.#text.slice(start, this.#at);
  }

  /** A string of JSON, between ". */
  jsonString(): string {
    const start = this.#at;
    try {
      const text: string = JSON.parse(this.quoted('"'));
      if (!/\p{Surrogate}/u.test(text)) return text;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    this.#at = start;
    this.fail('a string as JSON writes it');
  }
}
