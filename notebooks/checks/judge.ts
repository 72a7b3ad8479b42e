/**
 * @file Which answers to a chapter's exercises are right. An exercise is a function to fill in, its check one of the
 * project's property tests, which throws at an answer that is wrong and says where.
 *
 *   exercises/NN-name.ts   the functions to fill in
 *   checks/NN-name.ts      `checks`, one an exercise, under its name
 *   solutions/NN-name.ts   functions that pass
 */

/** One check for each function that a module of exercises exports. */
export type Checks<Exercises> = { readonly [Name in keyof Exercises]: (answer: Exercises[Name]) => void };

export interface Verdict {
  readonly name: string;
  /** What is wrong; undefined where nothing is. */
  readonly wrong: string | undefined;
}

/** The verdict on each answer, in the order of the checks. */
export function judge<Exercises>(checks: Checks<Exercises>, answers: Exercises): Verdict[] {
  return (Object.keys(checks) as (keyof Exercises & string)[]).map((name) => {
    try {
      checks[name](answers[name]);
      return { name, wrong: undefined };
    } catch (error) {
      return { name, wrong: error instanceof Error ? error.message : String(error) };
    }
  });
}
