/**
 * Which images may run. The configuration is read and checked (`configuration/`), the most specific rule chosen (`rules/`), the
 * image verified by the rule's validator (`validators/`), and the verdict explains itself (`verdict.ts`).
 */
export type { PolicyFault, PolicyFaultCode } from './errors.ts';
export type {
  DecidedBy,
  Finding,
  ImageVerdict,
  PassingClass,
  RefusalClass,
  ValidatorAnswer,
  ValidatorType,
} from './verdict.ts';
export { passingClasses } from './verdict.ts';
export type { CanonicalImage } from './image/canonical-image.ts';
export type {
  AttestationDemand,
  CosignSettings,
  CosignTrust,
  CosignTrustRoot,
  KeySource,
  LabelSelector,
  NamespaceMatch,
  NotaryV1Settings,
  NotationSettings,
  Policy,
  RegistrySetting,
  Rule,
  RuleOptions,
  ValidatorAuth,
  ValidatorSettings,
} from './configuration/policy.ts';
export type { Place, RuleChoice } from './rules/rule-choice.ts';
export type { Obtained, Validation, Validator, ValidatorSurroundings } from './validators/validator.ts';
export { parseImage } from './image/parse-image.ts';
export type { ParsedImage } from './image/parse-image.ts';
export { notaryGun, spellings, writtenName } from './image/spellings.ts';
export type { DockerHost } from './image/spellings.ts';
export { needsNamespaceLabels } from './rules/namespace-match.ts';
export { selectRule } from './rules/select-rule.ts';

// evaluation: from an image field to its verdict
export { askValidator, chooseFor, evaluateImage, pinnedName, verdictOf } from './evaluate.ts';
export type { Choice, Chosen, Evaluation, Refused } from './evaluate.ts';
export { createValidators } from './create-validators.ts';
export { conditionProblem } from './cosign/conditions.ts';
export { createCosignValidator } from './cosign/cosign-validator.ts';
export { cosignLimits } from './cosign/evidence.ts';
export type { CosignBelief, CosignEvidence, CosignLimits, PlatformEvidence, RootKeys } from './cosign/evidence.ts';
export { judgeCosign } from './cosign/judge.ts';
export type { CosignQuestion } from './cosign/judge-roots.ts';

// the chart checks its values with the schemas the gate reads by
export { AlertingSchema } from './configuration/alerting-schema.ts';
export {
  AuthShorthandSchema,
  ConfigurationSchema,
  RegistrySchema,
  RuleSchema,
  validatorSchemas,
} from './configuration/schema.ts';
export { parsePolicy } from './configuration/parse-policy.ts';
export type { ParsedPolicy, PolicyOptions } from './configuration/parse-policy.ts';
export { describeProblems } from './configuration/problem.ts';
export type { Problem, ProblemCode } from './configuration/problem.ts';
export { explainVerdict, explanationText, refusalMessage } from './explain.ts';
export type { Explanation } from './explain.ts';
export { createKeyRing, keySourceName, keySources, keySourceWords } from './cosign/key-ring.ts';
export type { KeyRing, KeyRingRequest, OutsideKey } from './cosign/key-ring.ts';
export { createTrustKeeper, needsPublicTrust } from './cosign/trust-keeper.ts';
export type { TrustAge, TrustKeeper, TrustKeeperRequest } from './cosign/trust-keeper.ts';
export { createRegistryAccess } from './registry/registry-access.ts';
export type { AccessNotice, RegistryAccess, RegistryAccessOptions } from './registry/registry-access.ts';
export type { SecretContent } from './registry/secret-credentials.ts';
export { isReceiverUrl, parseAlerting } from './configuration/alerting.ts';
export type { Alerting, AlertReceiver, ParsedAlerting } from './configuration/alerting.ts';
export { anchoringDifferences } from './rules/anchoring-difference.ts';
export type { AnchoringDifference } from './rules/anchoring-difference.ts';
