/**
 * @file A lock: a file that names the process that works in a folder, so that no other starts there.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { mismatch } from './dataset.ts';

/**
 * Keeps other processes away until the function that it returns is called. The lock of a dead process is taken over,
 * even if another process has its number now, because that one began at another time. A process of another machine is
 * never taken for dead, nor is one whose lock is empty: it may be about to write.
 * @throws {InputError} if another process holds the lock; errors of the file system as they are.
 */
export function lock(path: string): () => void {
  const mine = `${process.pid} ${hostname()} ${startOf(process.pid)}`;
  while (!create(path, mine)) {
    const held = read(path);
    if (held === undefined) continue;
    const [pid, host, start] = held.split(' ');
    const isDead = host === hostname() && (!isAlive(Number(pid)) || (start ?? '') !== startOf(Number(pid)));
    if (!isDead) {
      const other = host ? `process ${pid} of ${host} at work there`
      : 'a process at work there that has not named itself';
      throw mismatch(path, 'this process alone', `${other}; if it is not, delete this file`);
    }
    // One process at a time, and what is still the dead one's: else the next to come would remove the lock of the last.
    const unlock = lock(`${path}.takeover`);
    if (read(path) === held) rmSync(path);
    unlock();
  }
  return () => {
    if (read(path) === mine) rmSync(path);
  };
}

/** Whether there was no such file; then it is there, with this text. */
function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(path, text);
  } catch (error) {
    rmSync(path);
    throw error;
  }
  return true;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in ticks since the machine started, if Linux tells: the 22nd field of its stat. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  } catch {
    return '';
  }
}
