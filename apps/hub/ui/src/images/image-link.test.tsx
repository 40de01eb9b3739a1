import { cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { ImageName } from './image-link.tsx';

afterEach(cleanup);

describe('the name of an image', () => {
  it.each([
    ['registry.example.com/payments/api:2.20.2', ['registry.example.com/', 'payments/', 'api:2.20.2']],
    ['quay.io/a@sha256:0123', ['quay.io/', 'a', '@sha256:0123']],
    ['alpine', ['alpine']],
  ])('%s may break only between its parts', (name, parts) => {
    const { container } = render(<ImageName>{name}</ImageName>);
    expect(container.textContent).toBe(name);
    expect(container.innerHTML.replaceAll(/<\/?bdi[^>]*>/g, '').split('<wbr>')).toEqual(parts);
  });
});
