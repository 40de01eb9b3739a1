import { boolean, custom, oneOf, text } from '@pratique/runtime/config';
import { parseSpokeKeys } from '../identity/spoke-keys.ts';
import type { SpokeKey } from '../identity/spoke-keys.ts';

/** Who may ask: dev mode, spokes, an OpenID Connect issuer. */
export const identitySettings = {
  devMode: {
    variable: 'DEV_MODE',
    type: boolean(),
    default: false,
    doc: 'Everybody is the person below; for development and demos only.',
  },
  allowDevModeInProduction: {
    variable: 'ALLOW_DEV_MODE_IN_PRODUCTION',
    type: boolean(),
    default: false,
    doc: 'Lets DEV_MODE start although NODE_ENV is production.',
  },
  devUserId: {
    variable: 'DEV_USER_ID',
    type: text({ maxLength: 255 }),
    default: 'dev-user-1',
    doc: 'Id of the person of dev mode.',
  },
  devUserName: {
    variable: 'DEV_USER_NAME',
    type: text({ maxLength: 255 }),
    default: 'Dev User',
    doc: 'Name of the person of dev mode.',
  },
  devUserEmail: {
    variable: 'DEV_USER_EMAIL',
    type: text({ maxLength: 255 }),
    default: 'dev@example.com',
    doc: 'Address of the person of dev mode.',
  },
  devUserRole: {
    variable: 'DEV_USER_ROLE',
    type: oneOf(['sec_team', 'team_member']),
    default: 'sec_team' as const,
    doc: 'Role of the person of dev mode.',
  },
  devUserNamespaces: {
    variable: 'DEV_USER_NAMESPACES',
    type: text(),
    default: '',
    doc: 'Namespaces of the person of dev mode: `ns:cluster,…` or `*`.',
  },
  devNamespaceEmails: {
    variable: 'DEV_NAMESPACE_EMAILS',
    type: text(),
    default: '',
    doc: 'Contacts of namespaces in dev mode: `ns:cluster=mail,…`.',
  },
  oidcIssuer: {
    variable: 'OIDC_ISSUER',
    type: text({ pattern: /https?:\/\/\S+/, allowed: 'a URL, exactly as in the tokens' }),
    default: '',
    doc: 'Issuer whose bearer tokens are accepted.',
  },
  oidcClientId: {
    variable: 'OIDC_CLIENT_ID',
    type: text(),
    default: '',
    doc: 'Audience the tokens must name; required with OIDC_ISSUER.',
  },
  oidcGroupsClaim: {
    variable: 'OIDC_GROUPS_CLAIM',
    type: text(),
    default: 'groups',
    doc: 'Claim that holds the groups.',
  },
  oidcNamespacesClaim: {
    variable: 'OIDC_NAMESPACES_CLAIM',
    type: text(),
    default: 'namespaces',
    doc: 'Claim that holds the namespaces.',
  },
  oidcUsernameClaim: {
    variable: 'OIDC_USERNAME_CLAIM',
    type: text(),
    default: 'preferred_username',
    doc: 'Claim that holds the name to show.',
  },
  spokeApiKeys: {
    variable: 'SPOKE_API_KEYS',
    type: custom<readonly SpokeKey[]>({
      allowed:
        'a JSON array of keys, keys separated by commas, or a JSON array of {"key", "name"?, "clusters"?, "allow_sec_team"?}',
      read: parseSpokeKeys,
      secret: true,
    }),
    default: [] as readonly SpokeKey[],
    doc: 'Keys that spokes present as X-Api-Key; bind each to its clusters.',
  },
  spokeUserIdIncludeKeyName: {
    variable: 'SPOKE_USER_ID_INCLUDE_KEY_NAME',
    type: boolean(),
    default: false,
    doc: 'Makes equal user names of different spokes different people, by the name of the key.',
  },
  secTeamGroup: {
    variable: 'SEC_TEAM_GROUP',
    type: text(),
    default: 'rhacs-sec-team',
    doc: 'Group whose members are the security team; exact and case-sensitive.',
  },
  namespaceAnnotation: {
    variable: 'NAMESPACE_ANNOTATION',
    type: text(),
    default: 'rhacs-manager.io/users',
    doc: 'Annotation that grants a namespace to users; named in explanations.',
  },
  groupAnnotation: {
    variable: 'GROUP_ANNOTATION',
    type: text(),
    default: 'rhacs-manager.io/groups',
    doc: 'Annotation that grants a namespace to groups; named in explanations.',
  },
  emailAnnotation: {
    variable: 'EMAIL_ANNOTATION',
    type: text(),
    default: 'rhacs-manager.io/escalation-email',
    doc: 'Annotation with the contact of a namespace; named in explanations.',
  },
};
