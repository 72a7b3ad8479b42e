import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { CAPITAL_HEIGHT, CHARACTERS, glyphOf, TEXT_HEIGHT, textWidth } from '../../src/plot/font.ts';

const UNKNOWN = glyphOf('☃').join('\n');

/** Number of the lowest row with ink, from 1. */
const lowest = (character: string) => glyphOf(character).findLastIndex((row) => row.includes('#')) + 1;

test('the font covers printable ASCII but the backtick, and the signs the captions use', () => {
  for (let code = 0x20; code < 0x7f; code++) {
    const character = String.fromCharCode(code);
    assert.is(CHARACTERS.includes(character), character !== '`', `"${character}"`);
  }
  for (const character of '×′∇…−²‖→✓✗') assert.ok(CHARACTERS.includes(character), `"${character}"`);
});

test('every glyph is inside its box: rows of one length, as many as fit the line, nothing but ink and paper', () => {
  for (const character of CHARACTERS) {
    const glyph = glyphOf(character);
    assert.ok([1, CAPITAL_HEIGHT, TEXT_HEIGHT].includes(glyph.length), `"${character}": ${glyph.length} rows`);
    for (const row of glyph) {
      assert.is(row.length, glyph[0].length, `"${character}": row "${row}"`);
      assert.match(row, /^[#.]{1,7}$/);
    }
  }
});

test('no glyph is drawn as another is, or as the box of an unknown character', () => {
  const seen = new Map([[UNKNOWN, 'unknown']]);
  for (const character of CHARACTERS) {
    const drawing = glyphOf(character).join('\n');
    assert.not(seen.has(drawing), `"${character}" looks like "${seen.get(drawing)}"`);
    seen.set(drawing, character);
  }
});

test('capitals and digits fill the seven rows; only letters with a tail go below them; digits are five wide', () => {
  for (const character of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    assert.ok(glyphOf(character)[0].includes('#'), character);
    assert.is(lowest(character), CAPITAL_HEIGHT, character);
  }
  for (const character of 'abcdefghijklmnopqrstuvwxyz') {
    assert.is(lowest(character), 'gjpqy'.includes(character) ? TEXT_HEIGHT : CAPITAL_HEIGHT, character);
  }
  for (const character of '0123456789') assert.is(textWidth(character), 5, character);
});

test('width of a text: its glyphs and one dot between', () => {
  assert.is(textWidth(''), 0);
  assert.is(textWidth('i'), 1);
  assert.is(textWidth('10'), 5 + 1 + 5);
  assert.is(textWidth('i i'), 1 + 1 + 3 + 1 + 1);
  assert.is(textWidth('☃'), 5);
  assert.is(textWidth('🙂'), 5, 'a character of two code units is one box');
});

test.run();
