(function () {
  "use strict";
  document.querySelectorAll(".drawing").forEach(function (drawing) {
    var spots = JSON.parse(drawing.dataset.spots);
    var pictures = drawing.querySelectorAll("svg");
    var widths = [+drawing.dataset.width, +drawing.dataset.narrowWidth];
    var places = [spots, JSON.parse(drawing.dataset.narrowPlaces)];
    var box = drawing.querySelector(".spot");
    var ring = document.createElementNS(pictures[0].namespaceURI, "circle");
    var at = -1;
    ring.setAttribute("class", "ring");
    ring.setAttribute("r", "5");
    if (!spots.length) return;

    /* Which of the two pictures is shown: the wide one, or the narrow one. */
    function shown() { return pictures[0].getBoundingClientRect().width ? 0 : 1; }
    function show(number) {
      var which = shown(), svg = pictures[which], spot = places[which][number];
      var scale = svg.getBoundingClientRect().width / widths[which];
      at = number;
      ring.setAttribute("cx", spot[0]);
      ring.setAttribute("cy", spot[1]);
      if (ring.parentNode !== svg) svg.appendChild(ring);
      box.hidden = false;
      box.textContent = spots[number][2];
      var left = spot[0] * scale + 12;
      if (left + box.offsetWidth > svg.getBoundingClientRect().width) left = spot[0] * scale - 12 - box.offsetWidth;
      var top = spot[1] * scale - box.offsetHeight - 10;
      box.style.left = Math.max(0, left) + "px";
      box.style.top = (top < 0 ? spot[1] * scale + 12 : top) + "px";
    }
    function hide() {
      box.hidden = true;
      ring.remove();
    }
    function nearest(event) {
      var which = shown(), width = widths[which], frame = pictures[which].getBoundingClientRect();
      var x = (event.clientX - frame.left) * width / frame.width;
      var y = (event.clientY - frame.top) * width / frame.width;
      var found = -1, least = Infinity;
      places[which].forEach(function (spot, number) {
        var distance = Math.hypot(spot[0] - x, spot[1] - y);
        if (distance < least) { least = distance; found = number; }
      });
      return least < 60 ? found : -1;
    }
    function point(event) {
      var found = nearest(event);
      if (found < 0) hide(); else show(found);
    }
    drawing.addEventListener("pointermove", point);
    drawing.addEventListener("pointerdown", point);
    drawing.addEventListener("pointerleave", function (event) {
      if (event.pointerType === "mouse" && document.activeElement !== drawing) hide();
    });
    drawing.addEventListener("focus", function () {
      if (drawing.matches(":focus-visible")) show(at < 0 ? 0 : at);
    });
    drawing.addEventListener("blur", hide);
    drawing.addEventListener("keydown", function (event) {
      var last = spots.length - 1;
      var to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") { hide(); return; }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") to = above(event.key === "ArrowUp");
      if (to === undefined) return;
      event.preventDefault();
      show(Math.min(Math.max(to, 0), last));
    });
    /* The nearest value above or below, at about the same place across. */
    function above(up) {
      var all = places[shown()], here = all[Math.max(at, 0)], found = Math.max(at, 0), least = Infinity;
      all.forEach(function (spot, number) {
        var dy = up ? here[1] - spot[1] : spot[1] - here[1];
        var distance = dy + 8 * Math.abs(spot[0] - here[0]);
        if (dy > 0.5 && distance < least) { least = distance; found = number; }
      });
      return found;
    }
  });
})();
