/** A stream of server-sent events that a test drives: happy-dom has none. */

export class DrivenEventSource extends EventTarget {
  static opened: DrivenEventSource[] = [];
  readonly url: string;
  isClosed = false;

  constructor(url: string) {
    super();
    this.url = url;
    DrivenEventSource.opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The hub accepts the stream. */
  accept(): void {
    this.dispatchEvent(new Event('open'));
  }

  /** The hub says something; objects are sent as JSON. */
  say(type: string, data: unknown): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.dispatchEvent(new MessageEvent(type, { data: text }));
  }

  /** The stream breaks, or was refused. */
  fail(): void {
    this.dispatchEvent(new Event('error'));
  }

  static get last(): DrivenEventSource | undefined {
    return DrivenEventSource.opened.at(-1);
  }
}
