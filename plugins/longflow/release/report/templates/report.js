// A press on a number shows where it comes from. Arrow keys move between the numbers of a table.
(() => {
  "use strict";
  const { kinds, lines, between } = JSON.parse(document.getElementById("lines").textContent);
  const panel = document.getElementById("source");
  if (!panel.showPopover) return; // an old browser follows the link to the notes
  const [title, list, definitions] = ["h3", "dl", "p"].map((name) => panel.querySelector(name));
  let pressed = null;

  const make = (name, text) => Object.assign(document.createElement(name), { textContent: text });

  function show(number) {
    const of = number.dataset.from.split(" ").map((position) => lines[position]);
    const section = number.closest("section");
    const head = section.querySelector("h2 .number").textContent;
    title.textContent = [head, ...of.filter(([kind]) => kind === "place").map(([, text]) => text)].join(between);
    list.replaceChildren(make("dt", kinds.value), make("dd", number.textContent + beside(number)));
    for (const [kind, text] of of) {
      if (kind !== "place") list.append(make("dt", kinds[kind]), make("dd", text));
    }
    const links = section.querySelector(".defined");
    definitions.replaceChildren(...(links ? [...links.childNodes].map((node) => node.cloneNode(true)) : []));
    pressed?.removeAttribute("aria-expanded");
    pressed = number;
    panel.showPopover();
    number.setAttribute("aria-expanded", "true");
    place(number.getBoundingClientRect());
    title.focus({ preventScroll: true });
  }

  function beside(number) {
    const error = number.parentElement.querySelector(".error");
    return error && error.textContent ? ` ${error.textContent}` : "";
  }

  // Below the number, above it, or beside it where there is no room; a narrow screen shows it at its foot.
  function place(at) {
    panel.style.left = panel.style.top = "";
    if (matchMedia("(max-width: 40rem)").matches) return;
    const { width, height } = panel.getBoundingClientRect();
    const [right, bottom] = [document.documentElement.clientWidth - width - 8, innerHeight - height - 8];
    let left = Math.min(Math.max(8, at.left), right);
    let top = at.bottom + 6;
    if (top > bottom) top = at.top - height - 6;
    if (top < 8) {
      top = Math.max(8, Math.min(at.top, bottom));
      left = at.left - width - 8 >= 8 ? at.left - width - 8 : Math.min(at.right + 70, right);
    }
    panel.style.left = `${left}px`;
    panel.style.top = `${top}px`;
  }

  document.addEventListener("click", (event) => {
    const number = event.target.closest("a.n[data-from]");
    if (number) {
      event.preventDefault();
      show(number);
    } else if (event.target.closest("#source a")) {
      panel.hidePopover();
    }
  });

  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "closed" || !pressed) return;
    pressed.removeAttribute("aria-expanded");
    if (panel.contains(document.activeElement) || document.activeElement === document.body) {
      pressed.focus({ preventScroll: true });
    }
  });

  // One number of a table is reached by Tab, the others from there.
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const numbersOf = (row) => [...row.querySelectorAll("a.n[data-from]")];
  for (const table of document.querySelectorAll("table")) {
    const rows = [...table.rows].map(numbersOf).filter((row) => row.length);
    rows.flat().forEach((number, position) => {
      number.tabIndex = position ? -1 : 0;
      number.setAttribute("aria-haspopup", "dialog");
    });
    table.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      const row = rows.findIndex((numbers) => numbers.includes(event.target));
      if (!step || row < 0) return;
      event.preventDefault();
      const column = rows[row].indexOf(event.target);
      const next = rows[row + step[0]]?.[Math.min(column + step[1], (rows[row + step[0]]?.length ?? 1) - (step[0] ? 1 : 0))];
      if (!next) return;
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }
})();
