/* The reader driver of the rig's pcscd: vpcd's, once for each reader, as that
 * keeps one set of slots however many readers there are; and each of them has
 * one slot, as a key has. It also says in which USB device a reader is, as
 * libccid does for real ones: for reader i where the folder $IFDUSB_FOLDER has a
 * file i with "BUS DEVICE". Without one it is silent. */
#include <dlfcn.h>
#include <fcntl.h>
#include <ifdhandler.h>
#include <reader.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define VPCD "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
#define CHANNEL_USB 0x0020u
#define READERS 16
#define EXPORT __attribute__((visibility("default")))

/* Another file to the loader, so that its variables are there once more. It
 * stays open: the loader knows a file by its name, too. */
static void *load_copy(void)
{
	char path[32];
	struct stat st;
	int from = open(VPCD, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("vpcd", MFD_CLOEXEC);
	void *library = NULL;

	snprintf(path, sizeof path, "/proc/self/fd/%d", to);
	if (from >= 0 && to >= 0 && fstat(from, &st) == 0 &&
	    sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size)
		library = dlopen(path, RTLD_NOW);
	if (from >= 0)
		close(from);
	return library;
}

static int reader_of(DWORD lun)
{
	return (int)(lun >> 16);
}

static void *vpcd(DWORD lun, const char *name)
{
	static void *libraries[READERS];
	void **library;

	if (reader_of(lun) >= READERS)
		return NULL;
	library = &libraries[reader_of(lun)];
	if (!*library)
		*library = load_copy();
	return *library ? dlsym(*library, name) : NULL;
}

/* Calls vpcd's function of the same name. */
#define PASS(result, types, ...) do {                                          \
		result (*f) types;                                             \
		*(void **)&f = vpcd(Lun, __func__);                            \
		return f ? f(__VA_ARGS__) : IFD_COMMUNICATION_ERROR;           \
	} while (0)

static int read_channel(DWORD lun, unsigned *bus, unsigned *device)
{
	const char *folder = getenv("IFDUSB_FOLDER");
	char path[512];
	FILE *f;
	int n;

	snprintf(path, sizeof path, "%s/%d", folder ? folder : "",
		 reader_of(lun));
	f = folder ? fopen(path, "re") : NULL;
	if (!f)
		return 0;
	n = fscanf(f, "%u %u", bus, device);
	fclose(f);
	return n == 2;
}

/* What pcscd asks about the driver itself: 0: nothing of that. */
static UCHAR answer_of(DWORD tag)
{
	static const struct {
		DWORD tag;
		UCHAR value;
	} rows[] = {
		{ TAG_IFD_SLOTS_NUMBER, 1 },
		{ TAG_IFD_SIMULTANEOUS_ACCESS, READERS },
		{ TAG_IFD_THREAD_SAFE, 1 }, /* of readers among themselves */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].tag == tag)
			return rows[i].value;
	return 0;
}

EXPORT RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length,
					PUCHAR Value)
{
	unsigned bus, device;
	uint32_t channel;

	if (answer_of(Tag) && *Length >= 1) {
		*Value = answer_of(Tag);
		*Length = 1;
		return IFD_SUCCESS;
	}
	if (Tag == SCARD_ATTR_CHANNEL_ID && *Length >= sizeof channel &&
	    read_channel(Lun, &bus, &device)) {
		channel = CHANNEL_USB << 16 | bus << 8 | device;
		memcpy(Value, &channel, sizeof channel);
		*Length = sizeof channel;
		return IFD_SUCCESS;
	}
	PASS(RESPONSECODE, (DWORD, DWORD, PDWORD, PUCHAR), Lun, Tag, Length,
	     Value);
}

EXPORT RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	PASS(RESPONSECODE, (DWORD, LPSTR), Lun, DeviceName);
}

EXPORT RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	PASS(RESPONSECODE, (DWORD, DWORD), Lun, Channel);
}

EXPORT RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
	PASS(RESPONSECODE, (DWORD), Lun);
}

EXPORT RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length,
					PUCHAR Value)
{
	PASS(RESPONSECODE, (DWORD, DWORD, DWORD, PUCHAR), Lun, Tag, Length,
	     Value);
}

EXPORT RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol,
	UCHAR Flags, UCHAR PTS1, UCHAR PTS2, UCHAR PTS3)
{
	PASS(RESPONSECODE, (DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR), Lun,
	     Protocol, Flags, PTS1, PTS2, PTS3);
}

EXPORT RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr,
				 PDWORD AtrLength)
{
	PASS(RESPONSECODE, (DWORD, DWORD, PUCHAR, PDWORD), Lun, Action, Atr,
	     AtrLength);
}

EXPORT RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci,
	PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer, PDWORD RxLength,
	PSCARD_IO_HEADER RecvPci)
{
	PASS(RESPONSECODE, (DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR,
			    PDWORD, PSCARD_IO_HEADER), Lun, SendPci, TxBuffer,
	     TxLength, RxBuffer, RxLength, RecvPci);
}

EXPORT RESPONSECODE IFDHControl(DWORD Lun, DWORD Code, PUCHAR TxBuffer,
	DWORD TxLength, PUCHAR RxBuffer, DWORD RxLength, LPDWORD Returned)
{
	PASS(RESPONSECODE, (DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD,
			    LPDWORD), Lun, Code, TxBuffer, TxLength, RxBuffer,
	     RxLength, Returned);
}

EXPORT RESPONSECODE IFDHICCPresence(DWORD Lun)
{
	PASS(RESPONSECODE, (DWORD), Lun);
}
