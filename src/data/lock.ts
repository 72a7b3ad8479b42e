/**
 * @file A file that says which process is at work at something, so that no other begins.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { mismatch } from './files.ts';

/**
 * Keeps other processes away until the function that it returns is called. The lock of a dead process is taken over,
 * and one with this process's own number: in a container that is started anew the numbers are the same.
 * @throws {InputError} where another process holds the lock; errors of the file system as they are.
 */
export function lock(path: string): () => void {
  const mine = `${process.pid} ${hostname()}`;
  try {
    writeFileSync(path, mine, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [pid, host] = readFileSync(path, 'utf8').split(' ');
    const isOurs = host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)));
    if (host && !isOurs) {
      const other = `process ${pid} of ${host} at work there`;
      throw mismatch(path, 'this process alone', `${other}; if it is not, delete this file`, error);
    }
    writeFileSync(path, mine);
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
