import { Link } from '@tanstack/react-router';
import { ForeignWord } from '../design/foreign-text.tsx';

/** Link to the page of an image. The name goes along because one digest may run under several. */
export function ImageLink({ imageId, name }: { readonly imageId: string; readonly name: string }) {
  // Older deployments carry no image id; without one there is no page to go to.
  if (imageId === '') return <ForeignWord>{name}</ForeignWord>;
  return (
    <Link to="/images/$imageId" params={{ imageId }} search={{ name }} className="app-name">
      <ForeignWord>{name}</ForeignWord>
    </Link>
  );
}
