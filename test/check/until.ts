/** @file Waiting for what a process or a server does: for the state itself, never for a time that it should take. */
import { setTimeout as pause } from 'node:timers/promises';

/** Ends what hangs; no test is about it. */
const MOST_SECONDS = 300;

/** Resolves once `holds()` does. @throws where it does not within five minutes. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 1000 * MOST_SECONDS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`expected ${what}, got nothing of it in ${MOST_SECONDS} s`);
    await pause(10);
  }
}
