/**
 * @file One process holds a lock, whatever the order in which two come to a dead one's.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { lock } from '../../src/data/lock.ts';

const test = suite<{ dir: string; path: string }>('lock');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'idlg-lock-'));
  context.path = join(context.dir, 'runs.lock');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

/** A lock of a process that is no more. */
const DEAD = `${2 ** 22 + 1} ${hostname()} 1`;
const isHeld =
  /runs\.lock: expected this process alone, got process \d+ of .* at work there; if it is not, delete this/;

test('held until it is given back', ({ dir, path }) => {
  const unlock = lock(path);
  assert.throws(() => lock(path), isHeld);
  unlock();
  assert.equal(readdirSync(dir), []);
  lock(path)();
  assert.equal(readdirSync(dir), []);
});

test('a dead process’s is taken over, and nothing else is left', ({ dir, path }) => {
  writeFileSync(path, DEAD);
  const unlock = lock(path);
  assert.equal(readdirSync(dir), ['runs.lock']);
  assert.ok(readFileSync(path, 'utf8').startsWith(`${process.pid} `));
  unlock();
});

test('of two that find a dead one’s, the later does not remove the lock of the earlier', ({ path }) => {
  writeFileSync(path, DEAD);
  const { kill } = process;
  let unlock: (() => void) | undefined;
  // Between the look at the dead process and the removal of its lock, another takes it over.
  process.kill = (...args) => {
    process.kill = kill;
    unlock = lock(path);
    return kill.apply(process, args);
  };
  try {
    assert.throws(() => lock(path), isHeld);
  } finally {
    process.kill = kill;
  }
  assert.ok(readFileSync(path, 'utf8').startsWith(`${process.pid} `));
  unlock!();
});

test('one with nothing in it is about to be written, one of another machine may be alive', ({ path }) => {
  writeFileSync(path, '');
  assert.throws(() => lock(path),
    /got a process at work there that has not named itself; if it is not, delete this file/);
  writeFileSync(path, `${2 ** 22 + 1} elsewhere 1`);
  assert.throws(() => lock(path), isHeld);
});

test('what another has by now is not given back', ({ path }) => {
  const unlock = lock(path);
  writeFileSync(path, 'another');
  unlock();
  assert.is(readFileSync(path, 'utf8'), 'another');
});

test.run();
