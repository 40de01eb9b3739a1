/** Where log lines go: together once per turn of the event loop, so that a burst of reviews costs one write and not hundreds. */

/** Somewhere to write text to. */
export interface LineSink {
  write(text: string): unknown;
}

/** More than this is written at once, so that a burst does not pile up in memory. */
const largest = 64 * 1024;
const program = '"name":"gate",';

/**
 * A destination for a log. The name of the program is taken out: `name` is that of the workload (3.8), and no key stands twice.
 *
 * @param format `json-pretty` indents each line, as Connaisseur does
 */
export function gatherLines(sink: LineSink, format: 'json' | 'json-pretty'): LineSink & { flush(): void } {
  let held = '';
  let isPlanned = false;
  function flush(): void {
    isPlanned = false;
    if (held === '') return;
    const text = held;
    held = '';
    sink.write(text);
  }
  return {
    write(line) {
      const own = line.replace(program, '');
      held += format === 'json' ? own : indented(own);
      if (held.length > largest) return flush();
      if (isPlanned) return;
      isPlanned = true;
      setImmediate(flush);
    },
    flush,
  };
}

function indented(line: string): string {
  try {
    return `${JSON.stringify(JSON.parse(line), null, 2)}\n`;
  } catch {
    return line;
  }
}
