/** Welcome and guided tour: who starts them, and that only one is on the screen. */
import { createContext, type ReactNode, useContext, useState } from 'react';
import { useMe } from '../shell/queries.ts';
import { useWelcomed } from './queries.ts';
import { Tour } from './tour.tsx';
import { Welcome } from './welcome.tsx';

const StartTour = createContext<() => void>(() => undefined);

/** Starts the guided tour from the beginning. */
export function useStartTour(): () => void {
  return useContext(StartTour);
}

export function HelpProvider({ children }: { readonly children: ReactNode }) {
  const { data: me } = useMe();
  const welcomed = useWelcomed();
  const [tour, setTour] = useState(0);
  const [isTouring, setTouring] = useState(false);
  const [greeted, setGreeted] = useState<string | null>(null);
  const isNew = me?.onboarding_completed === false && greeted !== me.id;
  function startTour(): void {
    setTour(tour + 1);
    setTouring(true);
  }
  function greet(): void {
    setGreeted(me?.id ?? null);
    welcomed.mutate();
  }
  return (
    <StartTour value={startTour}>
      {children}
      {isNew && !isTouring && (
        <Welcome
          onLater={greet}
          onTour={() => {
            greet();
            startTour();
          }}
        />
      )}
      {isTouring && <Tour key={tour} onEnd={() => setTouring(false)} />}
    </StartTour>
  );
}
