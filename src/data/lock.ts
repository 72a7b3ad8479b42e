/**
 * @file A file that says which process is at work at something, so that no other begins.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { mismatch } from './dataset.ts';

/**
 * Keeps other processes away until the function that it returns is called. The lock of a dead process is taken over,
 * also where another has its number now: it began at another time.
 * @throws {InputError} where another process holds the lock; errors of the file system as they are.
 */
export function lock(path: string): () => void {
  const mine = `${process.pid} ${hostname()} ${startOf(process.pid)}`;
  try {
    writeFileSync(path, mine, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [pid, host, start] = readFileSync(path, 'utf8').split(' ');
    const isDead = host === hostname() && (!isAlive(Number(pid)) || (start ?? '') !== startOf(Number(pid)));
    if (host && !isDead) {
      const other = `process ${pid} of ${host} at work there`;
      throw mismatch(path, 'this process alone', `${other}; if it is not, delete this file`, error);
    }
    rmSync(path); // of two that find a dead one's lock, one makes the next
    writeFileSync(path, mine, { flag: 'wx' });
  }
  return () => rmSync(path, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in ticks since the machine did, where Linux tells: the 22nd field of its stat. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  } catch {
    return '';
  }
}
