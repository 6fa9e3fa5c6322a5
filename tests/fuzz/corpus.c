/*
 * tests/fuzz/corpus.c — runs a fuzz target over the files of its corpus, for builds without libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    DIR *directory = opendir(argv[1]);
    if (!directory) {
        fprintf(stderr, "%s: cannot be opened\n", argv[1]);
        return 1;
    }
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        uint8_t *bytes = malloc(1 << 20);
        size_t length = fread(bytes, 1, 1 << 20, file);
        fclose(file);
        /* Exactly as long as the input, so that ASan sees the first byte beyond. */
        uint8_t *exact = malloc(length ? length : 1);
        memcpy(exact, bytes, length);
        LLVMFuzzerTestOneInput(exact, length);
        free(exact);
        free(bytes);
        count++;
    }
    closedir(directory);
    printf("%d inputs\n", count);
    return count == 0;
}
