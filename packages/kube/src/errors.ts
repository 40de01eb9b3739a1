import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type KubeFaultCode =
  /** The API server could not be reached, or did not answer in time. */
  | 'api-unreachable'
  /** The certificate of the API server is not trusted, has expired, or is for another name. */
  | 'api-certificate-refused'
  /** The API server does not know who asks: no token, or one that has expired. */
  | 'api-unauthorized'
  /** The account may not do this; the hint has the rule to add to its role. */
  | 'api-forbidden'
  /** The object changed since it was read, or something it says does not hold any more. */
  | 'api-conflict'
  /** An object of this name exists already. */
  | 'api-already-exists'
  /** What the request needs does not exist: the namespace, or the kind of object. */
  | 'api-not-found'
  /** The version asked for is older than what the API server remembers. */
  | 'api-gone'
  /** The API server refused the object or patch: its form is wrong, or an admission webhook denied it. */
  | 'api-refused'
  /** The API server, or a webhook it has to ask, is overloaded or failing. */
  | 'api-unavailable'
  /** The answer is not what the Kubernetes API says. */
  | 'api-answer-invalid'
  /** The answer is larger than what is read. */
  | 'api-answer-too-large'
  /** Not running inside of a pod with a service account, or its files cannot be read. */
  | 'service-account-missing'
  /** The kubeconfig cannot be read, or says nothing usable about the context. */
  | 'kubeconfig-invalid'
  /** A name cannot be part of an address of the Kubernetes API. */
  | 'object-name-invalid';

/** A fault of this package. */
export type KubeFault = Fault<KubeFaultCode>;

/** Makes a fault of this package. */
export function kubeFault(details: ConstructorParameters<typeof Fault<KubeFaultCode>>[0]): KubeFault {
  return new Fault<KubeFaultCode>(details);
}
