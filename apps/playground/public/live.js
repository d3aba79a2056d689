// What all pages share: the stream of snapshots, the buttons, small pieces of the document.

/** The element of an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Calls `render` with every snapshot of a demo. */
export function follow(demo, render) {
  const link = byId('link');
  const source = new EventSource(`/api/${demo}/events`);
  source.onmessage = ({ data }) => {
    link.textContent = 'Live';
    render(JSON.parse(data));
  };
  source.onerror = () => {
    link.textContent = 'The playground does not answer.';
  };
}

/** Asks the server to do something; says what it answers if it refuses. */
export async function act(path) {
  const problem = byId('problem');
  try {
    const response = await fetch(`/api/${path}`, { method: 'POST' });
    problem.textContent = response.ok ? '' : await response.text();
  } catch {
    problem.textContent = 'The playground does not answer.';
  }
}

/** Sets text only if it differs, so that nothing is read out or laid out for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A new element with a class and text. */
export function make(tag, className = '', text = '') {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

/** Makes the children of `parent` those of `items`, keeping the elements (and the focus) of known keys. */
export function keyed(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (parent.children[index] !== child)
      parent.insertBefore(child, parent.children[index] ?? null);
  });
  for (const child of known.values()) child.remove();
}

/** The colour of a worker, the same on every page. */
export function colourOf(worker) {
  return `var(--w${worker % 8})`;
}

/** Grouped digits. */
export function number(value) {
  return value.toLocaleString('en');
}

/** The digits of a fence that change while one looks. */
export function shortFence(fence) {
  return number(fence).split(',').slice(-3).join('\u2009');
}

/** A fence, with the digits that hardly change dimmed. */
export function showFence(node, fence) {
  const short = shortFence(fence);
  const old = number(fence).replaceAll(',', '\u2009').slice(0, -short.length);
  if (node.textContent === old + short) return;
  node.replaceChildren(make('span', 'old', old), short);
}

/** The list of what happened. */
export function showEvents(events) {
  keyed(
    byId('events'),
    events,
    ({ id }) => id,
    ({ at, text }) => {
      const item = make('li');
      const time = make('time', '', new Date(at).toLocaleTimeString('en-GB'));
      time.dateTime = new Date(at).toISOString();
      item.append(time, make('span', '', text));
      return item;
    },
    () => {},
  );
}
