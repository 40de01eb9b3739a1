/** Whether the page is being put on paper: then what is folded opens, and the dark theme rests. */
import { useEffect, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';

const dark = 'pf-v6-theme-dark';

function query(): MediaQueryList {
  return matchMedia('print');
}

function subscribe(onChange: () => void): () => void {
  const media = query();
  // The browser takes its picture right after the event, so what is shown must have changed by then.
  const apply = () => flushSync(onChange);
  media.addEventListener('change', apply);
  return () => media.removeEventListener('change', apply);
}

/** True while the browser draws for paper. */
export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => query().matches);
}

/** Paper is white: takes the dark theme off while printing and puts it back afterwards. */
export function useLightPaper(): void {
  useEffect(() => {
    const media = query();
    let wasDark = false;
    function apply(): void {
      const root = document.documentElement.classList;
      if (media.matches) {
        wasDark = root.contains(dark);
        root.remove(dark);
      } else if (wasDark) {
        wasDark = false;
        root.add(dark);
      }
    }
    media.addEventListener('change', apply);
    apply();
    return () => media.removeEventListener('change', apply);
  }, []);
}
