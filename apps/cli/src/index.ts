/**
 * The command `pratique`: one file per verb, one table of exit codes, one printer. Verbs parse their flags and call a library or start a program;
 * nothing here decides anything. The programs and the demo are loaded only by the verb that needs them, so that small verbs stay quick.
 */
export { buildCommand } from './command.ts';
