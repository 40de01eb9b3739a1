/** The templates that come with the gate (ALR-8); a file of the same name in the folder of templates wins. */
import ecs from './templates/ecs-1-12-0.json' with { type: 'json' };
import keybase from './templates/keybase.json' with { type: 'json' };
import msteams from './templates/msteams.json' with { type: 'json' };
import opsgenie from './templates/opsgenie.json' with { type: 'json' };
import slack from './templates/slack.json' with { type: 'json' };

/** Texts of templates by name. */
export const shippedTemplates: ReadonlyMap<string, string> = new Map(
  Object.entries({ 'ecs-1-12-0': ecs, keybase, msteams, opsgenie, slack }).map(([name, template]) => [
    name,
    JSON.stringify(template),
  ]),
);
