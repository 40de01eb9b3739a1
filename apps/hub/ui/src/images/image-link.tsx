import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { foreignWord } from '../design/foreign-text.tsx';

/** Link to the page of an image. The name goes along because one digest may run under several. */
export function ImageLink({ imageId, name }: { readonly imageId: string; readonly name: string }) {
  // Older deployments carry no image id; without one there is no page to go to.
  if (imageId === '') return <ImageName>{name}</ImageName>;
  return (
    <Link to="/images/$imageId" params={{ imageId }} search={{ name }} className="app-name">
      <ImageName>{name}</ImageName>
    </Link>
  );
}

/** The name of an image, broken only between its parts where it is too long for a line. */
export function ImageName({ children }: { readonly children: string }) {
  const parts = foreignWord(children).split(/(?<=\/)|(?=@)/);
  return (
    <bdi className="app-foreign">
      {parts.map((part, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- parts have no names of their own and never move
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  );
}
