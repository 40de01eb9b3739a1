/** What the guided tour shows, in its order. A step points at something on the screen. */

export const stepNames = [
  'sidebar',
  'scope',
  'dashboard',
  'vulnerabilities',
  'source',
  'age',
  'language',
  'help',
] as const;
export type StepName = (typeof stepNames)[number];

/** Where each step points. Links carry the scope, so only the beginning of their address is known. */
const targets: Readonly<Record<StepName, string>> = {
  sidebar: '.pf-v6-c-page__sidebar .pf-v6-c-nav',
  scope: '.pf-v6-c-page__sidebar section',
  dashboard: '.pf-v6-c-nav a[href^="/dashboard"]',
  vulnerabilities: '.pf-v6-c-nav a[href^="/vulnerabilities"]',
  source: '.pf-v6-c-nav a[href^="/source"]',
  age: '.app-sidebar-footer',
  language: '.app-preferences',
  help: '.app-help',
};

/** What a step points at, if it is on the screen: a closed sidebar is there but cannot be seen. */
export function targetOf(name: StepName): HTMLElement | null {
  const found = document.querySelector<HTMLElement>(targets[name]);
  return found === null || found.closest('[inert]') !== null ? null : found;
}

/** The steps of this person's tour: those whose thing exists, seen or not. A console without a dashboard has no step for it. */
export function stepsHere(): readonly StepName[] {
  return stepNames.filter((name) => document.querySelector(targets[name]) !== null);
}
