/** @file Processes, for the tests that kill some: what Linux tells of them, nothing of those that have ended. */
import { existsSync, readFileSync } from 'node:fs';

/** A file that Linux keeps of a process; empty where it has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

export const commandOf = (pid: number): string => read(pid, 'cmdline');

/** The numbers of a process's children. */
export const childrenOf = (pid: number): number[] =>
  read(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);

/** The time that a process has computed, in ticks of its clock. */
export function ticksOf(pid: number): number {
  const [user = 0, system = 0] = (read(pid, 'stat').split(') ').at(-1) ?? '').split(' ').slice(11, 13).map(Number);
  return user + system;
}

/** Sends a signal; whether the process was there to get it. */
export function signals(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
