/** Every code a fault of this package can carry. */
export type RuntimeFaultCode =
  /** More bytes arrived than the named limit allows; nothing of them was used. */
  | 'too-large'
  /** The work did not finish within its time limit. */
  | 'deadline-exceeded'
  /** Bytes that must be UTF-8 text are not. */
  | 'not-text'
  /** A file could not be opened or read. */
  | 'file-unreadable'
  /** One or more settings are missing, malformed, contradictory or misspelled; the message lists all of them. */
  | 'config-invalid'
  /** A log level is not one of the known names. */
  | 'log-level-unknown'
  /** The port of the metrics could not be opened. */
  | 'metrics-port-unavailable'
  /** Some parts of the program failed while it was stopping; the others were stopped. */
  | 'stop-incomplete';
