/**
 * @file How a reader starts this program: from its sources in a clone by npm, as an installed package by its name.
 */

/** @param url that of a file of the program: a source, or what it was compiled to. */
export const programAt = (url: string): string => (url.endsWith('.ts') ? 'npm start --' : 'idlg');

/** What stands before a command, for messages that show one to type: `npm start --` in `npm start -- data mnist`. */
export const PROGRAM = programAt(import.meta.url);
