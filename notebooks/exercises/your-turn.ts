/** @file What stands in the place of an exercise's answer until there is one. */

export function yourTurn(): never {
  throw new Error('your turn: this exercise has no answer yet');
}
