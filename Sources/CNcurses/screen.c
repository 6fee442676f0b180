#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
// term.h makes macros of plain words.
#undef columns
#undef lines

#include "CNcurses.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Written to a terminal, ncurses makes one write for every changed line, which tears. In a file it can do as it likes.
static int memory = -1;
static FILE *output;
static FILE *input;
static SCREEN *screen;

static const int replaced_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
enum { REPLACED = sizeof replaced_signals / sizeof *replaced_signals };

bool cn_screen_open(const char *terminal) {
  memory = memfd_create("screen", MFD_CLOEXEC);
  int copy = memory < 0 ? -1 : fcntl(memory, F_DUPFD_CLOEXEC, 0);
  output = memory < 0 ? NULL : fdopen(memory, "w");
  input = copy < 0 ? NULL : fdopen(copy, "r");
  if (output && input) {
    // ncurses would handle these signals in a way that knows only a part of what must be restored.
    struct sigaction before[REPLACED];
    for (int i = 0; i < REPLACED; i++) sigaction(replaced_signals[i], NULL, &before[i]);
    screen = newterm(terminal, output, input);
    for (int i = 0; i < REPLACED; i++) sigaction(replaced_signals[i], &before[i], NULL);
  }
  if (screen) {
    // Colours are never redefined, so there is nothing to reset; sending it would undo the user's own palette.
    orig_colors = NULL;
    return true;
  }
  cn_screen_close();
  return false;
}

void cn_screen_close(void) {
  if (screen) delscreen(screen);
  if (output) fclose(output);
  else if (memory >= 0) close(memory);
  if (input) fclose(input);
  screen = NULL;
  output = input = NULL;
  memory = -1;
}

int cn_screen_start_colors(void) {
  // Pairs without colours crash ncurses.
  if (!has_colors() || start_color() == ERR) return 0;
  use_default_colors();
  return COLORS;
}

int cn_screen_pairs(void) { return COLOR_PAIRS > 65536 ? 65535 : COLOR_PAIRS - 1; }

bool cn_screen_set_pair(int pair, int foreground, int background) {
  return init_extended_pair(pair, foreground, background) == OK;
}

void cn_screen_reset_pairs(void) { reset_color_pairs(); }

void cn_screen_resize(int columns, int rows) { resize_term(rows, columns); }

static attr_t attributes_of(uint32_t bits) {
  attr_t attributes = A_NORMAL;
  if (bits & CN_BOLD) attributes |= A_BOLD;
  if (bits & CN_DIM) attributes |= A_DIM;
  if (bits & CN_ITALIC) attributes |= A_ITALIC;
  if (bits & CN_UNDERLINE) attributes |= A_UNDERLINE;
  if (bits & CN_REVERSE) attributes |= A_REVERSE;
  return attributes;
}

void cn_screen_put(int x, int y, const cn_cell *cells, int count) {
  static cchar_t line[CN_MAX_COLUMNS];
  if (count > CN_MAX_COLUMNS) count = CN_MAX_COLUMNS;
  for (int i = 0; i < count; i++) {
    wchar_t text[5] = {0};
    for (int k = 0; k < 4; k++) text[k] = (wchar_t)cells[i].scalars[k];
    // A pair beyond 255 fits only the extended argument, a negative one leaves the cell as it was.
    int pair = cells[i].pair < 0 ? 0 : cells[i].pair;
    attr_t attributes = attributes_of(cells[i].attributes);
    if (setcchar(&line[i], text, attributes, (short)(pair & 0x7FFF), &pair) == ERR)
      setcchar(&line[i], L" ", attributes, (short)(pair & 0x7FFF), &pair);
  }
  mvwadd_wchnstr(stdscr, y, x, line, count);
}

void cn_screen_cursor(int x, int y, bool visible) {
  wmove(stdscr, y, x);
  curs_set(visible ? 1 : 0);
}

void cn_screen_invalidate(void) { clearok(stdscr, TRUE); }
void cn_screen_update(void) { wrefresh(stdscr); }
void cn_screen_end(void) { endwin(); }

size_t cn_screen_pending(void) {
  fflush(output);
  off_t end = lseek(memory, 0, SEEK_CUR);
  return end > 0 ? (size_t)end : 0;
}

size_t cn_screen_take(uint8_t *buffer, size_t capacity) {
  ssize_t count = pread(memory, buffer, capacity, 0);
  lseek(memory, 0, SEEK_SET);
  return count > 0 ? (size_t)count : 0;
}

void cn_terminal_string(const char *name, char *buffer, size_t capacity) {
  const char *value = tigetstr(name);
  size_t length = 0;
  if (value == (const char *)-1) value = NULL;
  while (value && *value && length + 1 < capacity) {
    const char *end = value[0] == '$' && value[1] == '<' ? strchr(value, '>') : NULL;
    if (end) value = end + 1;
    else buffer[length++] = *value++;
  }
  buffer[length] = 0;
}

bool cn_terminal_flag(const char *name) { return tigetflag(name) > 0; }

int cn_terminal_colors(const char *terminal) {
  int result = 0;
  if (setupterm(terminal, 1, &result) != OK) return -1;
  int colors = tigetnum("colors");
  del_curterm(cur_term);
  return colors < 0 ? 0 : colors;
}
