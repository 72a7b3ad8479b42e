/**
 * @file Which answers to a chapter's exercises are right. An exercise is a function to fill in, its check one of the
 * project's property tests, which throws at an answer that is wrong and says where.
 *
 *   exercises/NN-name.ts   the functions to fill in
 *   checks/NN-name.ts      `checks`, one per exercise, under its name
 *   solutions/NN-name.ts   functions that pass
 */

import { yourTurn } from '../exercises/your-turn.ts';

/** One check for each function that a module of exercises exports. */
export type Checks<Exercises> = { readonly [Name in keyof Exercises]: (answer: Exercises[Name]) => void };

interface Verdict {
  readonly name: string;
  /** What is wrong; undefined where nothing is. */
  readonly wrong: string | undefined;
}

/** The verdict on each answer, in the order of the checks; each when it is asked for. */
export function* judge<Exercises>(checks: Checks<Exercises>, answers: Exercises): Generator<Verdict> {
  for (const name of Object.keys(checks) as (keyof Exercises & string)[]) {
    yield { name, wrong: wrongWith(name, checks[name], answers[name]) };
  }
}

/** What is wrong with an answer that nobody has given yet. */
export const YOUR_TURN = 'your turn';

/** It is `yourTurn`: by its name, since answers in another folder bring their own. */
const isUntouched = (answer: unknown): boolean => typeof answer === 'function' && answer.name === yourTurn.name;

function wrongWith<Answer>(name: string, check: (answer: Answer) => void, answer: Answer): string | undefined {
  if (isUntouched(answer)) return YOUR_TURN;
  if (typeof answer !== 'function') return `the file exports no function ${name}`;
  try {
    check(answer);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
