/** @file What a person sees of long work: a bar on a terminal, a line now and then elsewhere. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Screen } from '../../src/experiments/display.ts';
import { duration, Progress } from '../../src/experiments/progress.ts';

/** A progress of 40 runs, 10 done before, on a screen whose text is kept and a clock that is set by hand. */
function watched(as: Partial<Screen> = {}) {
  const clock = { seconds: 0 }, parts: string[] = [];
  const screen: Screen = { ...as, write: (text) => parts.push(text) };
  const now = () => 1000 * clock.seconds;
  const progress = new Progress(screen, { total: 40, before: 10, one: 'run', many: 'runs', now });
  return { clock, progress, parts };
}

test('duration: seconds, minutes, hours', () => {
  assert.equal([0, 45.4, 99, 100, 720, 5940, 6000, 12_000].map(duration),
    ['0 s', '45 s', '99 s', '2 min', '12 min', '99 min', '1 h 40 min', '3 h 20 min']);
  assert.is(duration(Infinity), '–');
});

test('progress: in a pipe a line at the start, every half a minute, and at the end', () => {
  const { clock, progress, parts } = watched();
  for (; clock.seconds < 90; ) {
    clock.seconds += 3;
    progress.advance();
  }
  progress.finish();
  assert.equal(parts, [
    '10 of 40 runs\n',
    '20 of 40 runs   one every 3 s   60 s left\n',
    '30 of 40 runs   one every 3 s   30 s left\n',
    '40 of 40 runs   one every 3 s   90 s in total\n',
  ]);
});

test('progress: on a terminal a bar in place, no wider than it, and what is said stays above', () => {
  const { clock, progress, parts } = watched({ isTTY: true, columns: 80 });
  assert.is(parts[0], `\r\x1b[K${'█'.repeat(6)}${'░'.repeat(18)}  10 of 40 runs`);
  clock.seconds = 0.05;
  progress.advance(); // too soon to draw
  assert.is(parts.length, 1);
  clock.seconds = 2;
  progress.advance(30);
  assert.is(parts[1], `\r\x1b[K${'█'.repeat(18)}${'░'.repeat(6)}  30 of 40 runs   10 per second   1 s left`);
  progress.say('a worker\ndied');
  assert.is(parts[2], '\r\x1b[Ka worker?died\n');
  assert.is(parts[3], parts[1]);
  progress.finish();
  assert.is(parts.at(-1), '\n');
  assert.is(watched({ isTTY: true, columns: 30 }).parts[0], '\r\x1b[K10 of 40 runs', 'no room for the bar');
  assert.is(watched({ isTTY: true, columns: 10 }).parts[0], '\r\x1b[K10 of 40 ');
});

test.run();
