import type { ErrorCode } from '@pratique/hub/contract';
import type { Language } from './language.ts';

/** What went wrong and what to do, in one language. `{name}` stands for a value of the fault. */
export interface ErrorText {
  readonly detail: string;
  readonly hint: string;
}

type Texts = Readonly<Record<ErrorCode, ErrorText>>;

const en: Texts = {
  too_many_namespaces: {
    detail: 'The request speaks for {count} namespaces; {limit} are allowed.',
    hint: 'Raise MAX_NAMESPACE_COUNT on the hub, or grant a wildcard instead.',
  },
  no_namespaces: {
    detail: 'This needs at least one namespace, and you have none.',
    hint: 'Check the annotations of your namespaces.',
  },
  invalid_status: { detail: 'There is no such status.', hint: 'Use one of the documented values.' },
  invalid_type: { detail: 'There is no such type.', hint: 'Use one of the documented values.' },
  invalid_scope: {
    detail: 'The scope names something that is not affected.',
    hint: 'Choose from the affected namespaces, images and deployments.',
  },
  invalid_state: {
    detail: 'This is not possible in the current status.',
    hint: 'Load the page again and look at the status.',
  },
  bad_request: {
    detail: 'The request cannot be used as it is: {problem}',
    hint: 'Correct the request; the API description says what is expected.',
  },
  unauthenticated: {
    detail: 'You are not logged in.',
    hint: 'Log in again. Operators: X-Api-Key must be one of SPOKE_API_KEYS, or a bearer token must come along.',
  },
  user_header_missing: {
    detail: 'The spoke did not say who you are.',
    hint: 'Operators: the front proxy must set X-Forwarded-User.',
  },
  token_invalid: {
    detail: 'Your login could not be verified.',
    hint: 'Log in again. Operators: the reason is in the log of the hub.',
  },
  sec_team_required: {
    detail: 'Only the security team may do this.',
    hint: 'Ask the security team, or have yourself added to its group.',
  },
  no_access: { detail: 'You have no access to this.', hint: 'Ask for access to the namespace it belongs to.' },
  cluster_not_allowed: {
    detail: 'The key may not speak for cluster {cluster}.',
    hint: "Operators: add the cluster to the key's entry in SPOKE_API_KEYS, or correct PRATIQUE_CLUSTER_NAME of the gate.",
  },
  cross_site: {
    detail: 'The request was caused by another web site.',
    hint: 'Use the console itself; operators add its address to CORS_ORIGINS.',
  },
  not_found: {
    detail: 'Not found: {what}',
    hint: 'Check the spelling, and whether it is deployed in one of your namespaces.',
  },
  conflict: {
    detail: 'This does not go together with what is there: {problem}',
    hint: 'Load the page again to see what is there, then repeat your change.',
  },
  too_large: { detail: 'The request is too large.', hint: 'Send less at once.' },
  validation: { detail: 'The request is not valid.', hint: 'Correct the values named in detail.' },
  rate_limited: { detail: 'Too many requests; wait {seconds} s.', hint: 'Ask less often.' },
  internal: {
    detail: 'Something went wrong on our side.',
    hint: 'Try again; if it stays, report it with the request id.',
  },
  stackrox_unavailable: {
    detail: 'The StackRox database cannot be read at the moment.',
    hint: 'Operators: /ready names the failing part, the log of the hub the reason. Nothing can be said about CVEs meanwhile.',
  },
  schema_unsupported: {
    detail: 'The StackRox database has a form this version does not know.',
    hint: 'Operators: check STACKROX_SCHEMA_MODE and the release of RHACS.',
  },
  app_db_unavailable: {
    detail: 'The database of the application cannot be used at the moment.',
    hint: 'Try again soon. Operators: test the APP_DB settings first.',
  },
  api_server_unavailable: {
    detail: 'The API server could not be asked: {problem}',
    hint: 'Try again; the log of the demo says more.',
  },
  overloaded: { detail: 'The service is overloaded.', hint: 'Try again in a few seconds.' },
};

const de: Texts = {
  too_many_namespaces: {
    detail: 'Die Anfrage nennt {count} Namespaces; erlaubt sind {limit}.',
    hint: 'MAX_NAMESPACE_COUNT am Hub erhöhen oder stattdessen einen Platzhalter vergeben.',
  },
  no_namespaces: {
    detail: 'Dafür wird mindestens ein Namespace benötigt, Sie haben keinen.',
    hint: 'Prüfen Sie die Annotationen Ihrer Namespaces.',
  },
  invalid_status: { detail: 'Diesen Status gibt es nicht.', hint: 'Verwenden Sie einen der beschriebenen Werte.' },
  invalid_type: { detail: 'Diesen Typ gibt es nicht.', hint: 'Verwenden Sie einen der beschriebenen Werte.' },
  invalid_scope: {
    detail: 'Der Geltungsbereich nennt etwas, das nicht betroffen ist.',
    hint: 'Wählen Sie aus den betroffenen Namespaces, Images und Deployments.',
  },
  invalid_state: {
    detail: 'Das ist im aktuellen Status nicht möglich.',
    hint: 'Laden Sie die Seite neu und prüfen Sie den Status.',
  },
  bad_request: {
    detail: 'Die Anfrage ist so nicht verwendbar: {problem}',
    hint: 'Berichtigen Sie die Anfrage; die API-Beschreibung sagt, was erwartet wird.',
  },
  unauthenticated: {
    detail: 'Sie sind nicht angemeldet.',
    hint: 'Melden Sie sich neu an. Betrieb: X-Api-Key muss in SPOKE_API_KEYS stehen, oder ein Bearer-Token muss mitkommen.',
  },
  user_header_missing: {
    detail: 'Der Spoke hat nicht mitgeteilt, wer Sie sind.',
    hint: 'Betrieb: Der vorgelagerte Proxy muss X-Forwarded-User setzen.',
  },
  token_invalid: {
    detail: 'Ihre Anmeldung konnte nicht geprüft werden.',
    hint: 'Melden Sie sich neu an. Betrieb: Der Grund steht im Log des Hubs.',
  },
  sec_team_required: {
    detail: 'Das darf nur das Security-Team.',
    hint: 'Fragen Sie das Security-Team oder lassen Sie sich in dessen Gruppe aufnehmen.',
  },
  no_access: {
    detail: 'Sie haben darauf keinen Zugriff.',
    hint: 'Bitten Sie um Zugriff auf den zugehörigen Namespace.',
  },
  cluster_not_allowed: {
    detail: 'Der Schlüssel darf nicht für den Cluster {cluster} sprechen.',
    hint: 'Betrieb: Den Cluster beim Schlüssel in SPOKE_API_KEYS eintragen oder PRATIQUE_CLUSTER_NAME des Gates berichtigen.',
  },
  cross_site: {
    detail: 'Die Anfrage wurde von einer fremden Website ausgelöst.',
    hint: 'Verwenden Sie die Konsole selbst; der Betrieb trägt deren Adresse in CORS_ORIGINS ein.',
  },
  not_found: {
    detail: 'Nicht gefunden: {what}',
    hint: 'Prüfen Sie die Schreibweise und ob es in einem Ihrer Namespaces läuft.',
  },
  conflict: {
    detail: 'Das verträgt sich nicht mit dem, was schon da ist: {problem}',
    hint: 'Laden Sie die Seite neu, um zu sehen, was da ist, und wiederholen Sie dann Ihre Änderung.',
  },
  too_large: { detail: 'Die Anfrage ist zu groß.', hint: 'Senden Sie weniger auf einmal.' },
  validation: { detail: 'Die Anfrage ist ungültig.', hint: 'Berichtigen Sie die unter detail genannten Werte.' },
  rate_limited: { detail: 'Zu viele Anfragen; bitte {seconds} s warten.', hint: 'Fragen Sie seltener.' },
  internal: {
    detail: 'Auf unserer Seite ist etwas schiefgegangen.',
    hint: 'Versuchen Sie es erneut; bleibt es dabei, melden Sie es mit der request_id.',
  },
  stackrox_unavailable: {
    detail: 'Die StackRox-Datenbank ist derzeit nicht lesbar.',
    hint: 'Betrieb: /ready nennt den gestörten Teil, das Log des Hubs den Grund. Über CVEs lässt sich so lange nichts sagen.',
  },
  schema_unsupported: {
    detail: 'Die StackRox-Datenbank hat eine Form, die diese Version nicht kennt.',
    hint: 'Betrieb: STACKROX_SCHEMA_MODE und die RHACS-Version prüfen.',
  },
  app_db_unavailable: {
    detail: 'Die Datenbank der Anwendung ist derzeit nicht nutzbar.',
    hint: 'Versuchen Sie es gleich noch einmal. Betrieb: zuerst die APP_DB-Einstellungen prüfen.',
  },
  api_server_unavailable: {
    detail: 'Der API-Server ließ sich nicht fragen: {problem}',
    hint: 'Versuchen Sie es erneut; das Log der Demo sagt mehr.',
  },
  overloaded: { detail: 'Der Dienst ist überlastet.', hint: 'Versuchen Sie es in einigen Sekunden erneut.' },
};

const es: Texts = {
  too_many_namespaces: {
    detail: 'La solicitud nombra {count} namespaces; se permiten {limit}.',
    hint: 'Aumente MAX_NAMESPACE_COUNT en el hub o conceda un comodín.',
  },
  no_namespaces: {
    detail: 'Se necesita al menos un namespace y usted no tiene ninguno.',
    hint: 'Revise las anotaciones de sus namespaces.',
  },
  invalid_status: { detail: 'Ese estado no existe.', hint: 'Use uno de los valores documentados.' },
  invalid_type: { detail: 'Ese tipo no existe.', hint: 'Use uno de los valores documentados.' },
  invalid_scope: {
    detail: 'El ámbito nombra algo que no está afectado.',
    hint: 'Elija entre los namespaces, imágenes y despliegues afectados.',
  },
  invalid_state: {
    detail: 'No es posible en el estado actual.',
    hint: 'Vuelva a cargar la página y revise el estado.',
  },
  bad_request: {
    detail: 'La solicitud no se puede usar así: {problem}',
    hint: 'Corrija la solicitud; la descripción de la API dice qué se espera.',
  },
  unauthenticated: {
    detail: 'No ha iniciado sesión.',
    hint: 'Inicie sesión de nuevo. Operación: X-Api-Key debe estar en SPOKE_API_KEYS o debe llegar un token.',
  },
  user_header_missing: {
    detail: 'El spoke no dijo quién es usted.',
    hint: 'Operación: el proxy debe establecer X-Forwarded-User.',
  },
  token_invalid: {
    detail: 'No se pudo verificar su inicio de sesión.',
    hint: 'Inicie sesión de nuevo. Operación: el motivo está en el registro del hub.',
  },
  sec_team_required: {
    detail: 'Solo el equipo de seguridad puede hacer esto.',
    hint: 'Pregunte al equipo de seguridad o pida que le añadan a su grupo.',
  },
  no_access: { detail: 'No tiene acceso a esto.', hint: 'Pida acceso al namespace al que pertenece.' },
  cluster_not_allowed: {
    detail: 'La clave no puede hablar por el clúster {cluster}.',
    hint: 'Operación: añada el clúster a la clave en SPOKE_API_KEYS o corrija PRATIQUE_CLUSTER_NAME del gate.',
  },
  cross_site: {
    detail: 'Otro sitio web provocó la solicitud.',
    hint: 'Use la propia consola; operación añade su dirección a CORS_ORIGINS.',
  },
  not_found: {
    detail: 'No encontrado: {what}',
    hint: 'Revise la ortografía y si está desplegado en uno de sus namespaces.',
  },
  conflict: {
    detail: 'No es compatible con lo que ya existe: {problem}',
    hint: 'Vuelva a cargar la página para ver lo que existe y repita el cambio.',
  },
  too_large: { detail: 'La solicitud es demasiado grande.', hint: 'Envíe menos de una vez.' },
  validation: { detail: 'La solicitud no es válida.', hint: 'Corrija los valores indicados en detail.' },
  rate_limited: { detail: 'Demasiadas solicitudes; espere {seconds} s.', hint: 'Pregunte con menos frecuencia.' },
  internal: {
    detail: 'Algo falló de nuestro lado.',
    hint: 'Inténtelo de nuevo; si persiste, comuníquelo con el request_id.',
  },
  stackrox_unavailable: {
    detail: 'La base de datos de StackRox no se puede leer en este momento.',
    hint: 'Operación: /ready nombra la parte que falla y el registro del hub, el motivo. Mientras tanto no se puede afirmar nada sobre los CVE.',
  },
  schema_unsupported: {
    detail: 'La base de datos de StackRox tiene una forma que esta versión no conoce.',
    hint: 'Operación: revise STACKROX_SCHEMA_MODE y la versión de RHACS.',
  },
  app_db_unavailable: {
    detail: 'La base de datos de la aplicación no se puede usar en este momento.',
    hint: 'Inténtelo pronto de nuevo. Operación: pruebe primero los ajustes APP_DB.',
  },
  api_server_unavailable: {
    detail: 'No se pudo preguntar al servidor de la API: {problem}',
    hint: 'Inténtelo de nuevo; el registro de la demo dice más.',
  },
  overloaded: { detail: 'El servicio está sobrecargado.', hint: 'Inténtelo de nuevo en unos segundos.' },
};

/** Every answer that is no success, in every language. */
export const errorTexts: Readonly<Record<Language, Texts>> = { de, en, es };

/**
 * The text of a code with the values filled in; a value that is missing becomes an ellipsis.
 */
export function errorText(
  code: ErrorCode,
  language: Language,
  values: Readonly<Record<string, unknown>> = {},
): ErrorText {
  const { detail, hint } = errorTexts[language][code];
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_whole, name: string) => inWords(values[name]));
  return { detail: fill(detail), hint: fill(hint) };
}

function inWords(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '…';
}
